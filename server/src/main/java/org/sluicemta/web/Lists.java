package org.sluicemta.web;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.sluicemta.control.CommandReply;

/// The paths that show what a command shows. In XML and JSON they are the command's answer, to the letter; a page shows
/// its text. Blocks while a loop is asked.
final class Lists {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final String EMPTY_XML = "<succ/></rsp>";

    private final Asking asking;
    private final ZoneId zone;
    private final Supplier<List<String>> localAddresses;

    /// @param localAddresses of this machine; may block briefly
    Lists(Asking asking, ZoneId zone, Supplier<List<String>> localAddresses) {
        this.asking = asking;
        this.zone = zone;
        this.localAddresses = localAddresses;
    }

    /// @return empty for a path that is none of these
    Optional<Response> answer(Request request, WebSettings settings) {
        String queue = request.parameter("queue", "name");
        return switch (request.path()) {
            case "/status" -> Optional.of(command(request, "Status", List.of("show", "status")));
            case "/queues" -> Optional.of(list(request, settings, "Queues", "queues", queue));
            case "/domains" ->
                Optional.of(list(request, settings, "Domains", "domains", request.parameter("domain", "name")));
            case "/vmtas" -> Optional.of(few(request, "Virtual MTAs", "vmtas"));
            case "/jobs" -> Optional.of(few(request, "Jobs", "jobs"));
            case "/queueDetail" -> Optional.of(queueDetail(request, queue));
            case "/domainDetail" -> Optional.of(domainDetail(request, request.parameter("domain", "name")));
            case "/jobDetail" -> Optional.of(jobDetail(request, request.parameter("jobid", "jobId", "name")));
            case "/listqueue" -> Optional.of(recipients(request));
            case "/getlocalips" -> Optional.of(localAddresses(request));
            case "/license" -> Optional.of(command(request, "License", List.of("show", "license")));
            default -> Optional.empty();
        };
    }

    static int statusOf(CommandReply reply) {
        return switch (reply.status()) {
            case 0 -> 200;
            case 2 -> 400;
            default -> 409;
        };
    }

    private Response.Whole command(Request request, String title, List<String> words) {
        CommandReply reply = asking.command(request.format(), words);
        return shown(request, title, reply);
    }

    private static Response.Whole shown(Request request, String title, CommandReply reply) {
        Request.Format format = request.format();
        String body =
                format == Request.Format.HTML ? Page.of(title, List.of(reply.out() + reply.err()), "") : reply.out();
        return Response.of(statusOf(reply), format.type(), body);
    }

    private static Response.Whole bad(Request request, String text) {
        return Response.failed(400, request.format(), text);
    }

    /// An option, if the request has it.
    private static void option(Request request, String option, List<String> words, String... spellings) {
        String value = request.parameter(spellings);
        if (!value.isEmpty()) {
            words.add("--" + option + "=" + value);
        }
    }

    /// What would be taken for an option is no name.
    private static boolean isName(String text) {
        return !text.startsWith("-");
    }

    private static Optional<String> mostItems(Request request, int otherwise) {
        String given = request.parameter("maxitems", "maxItems", "max-items");
        if (given.isEmpty()) {
            return Optional.of("--maxitems=" + otherwise);
        }
        boolean isFine = given.matches("[0-9]{1,5}")
                && Integer.parseInt(given) >= 1
                && Integer.parseInt(given) <= CommandLevels.MOST_ITEMS;
        return isFine ? Optional.of("--maxitems=" + given) : Optional.empty();
    }

    private static Response.Whole badItems(Request request) {
        return bad(request, "maxitems is no number from 1 to " + CommandLevels.MOST_ITEMS);
    }

    private Response.Whole list(Request request, WebSettings settings, String title, String what, String name) {
        Optional<String> most = mostItems(request, settings.maxItems());
        if (most.isEmpty()) {
            return badItems(request);
        }
        if (!isName(name)) {
            return bad(request, "a name does not begin with a hyphen");
        }
        var words = new ArrayList<>(List.of("show", what, most.get()));
        String order = request.parameter("sort");
        words.add("--sort=" + (order.isEmpty() ? settings.sortOrder() : order));
        option(request, "connected", words, "connected");
        if (what.equals("queues")) {
            option(request, "paused", words, "paused");
            option(request, "mode", words, "mode");
        } else {
            option(request, "vmta", words, "vmta");
        }
        if (!request.parameter("errors").isEmpty()) {
            words.add("--errors");
        }
        if (!name.isEmpty()) {
            words.add(name);
        }
        return command(request, title, words);
    }

    private Response.Whole few(Request request, String title, String what) {
        Optional<String> most = mostItems(request, CommandLevels.MOST_ITEMS);
        return most.isEmpty() ? badItems(request) : command(request, title, List.of("show", what, most.get()));
    }

    private Response.Whole recipients(Request request) {
        Optional<String> most = mostItems(request, 100);
        if (most.isEmpty()) {
            return badItems(request);
        }
        var words = new ArrayList<>(List.of("list", most.get()));
        option(request, "queue", words, "queue", "name");
        option(request, "jobId", words, "jobid", "jobId");
        option(request, "envId", words, "envid", "envId");
        option(request, "orig", words, "orig");
        option(request, "rcpt", words, "rcpt");
        option(request, "older-than", words, "older-than", "olderThan");
        return command(request, "Recipients", words);
    }

    // --- details: several commands in one answer

    private Response.Whole queueDetail(Request request, String given) {
        if (given.isEmpty() || !isName(given) || given.indexOf('*') >= 0) {
            return bad(request, "say which queue: /queueDetail?queue=DOMAIN/VMTA");
        }
        String queue = given.indexOf('/') < 0 ? given + "/{default}" : given;
        List<List<String>> commands = List.of(
                List.of("show", "queues", "--errors", "--mode-events", queue),
                List.of("explain", "queue", queue),
                List.of("show", "disabled", "sources", queue),
                List.of("show", "settings", queue));
        if (request.format() != Request.Format.JSON) {
            return several(request, "Queue " + queue, commands);
        }
        String row = asking.command(Request.Format.JSON, commands.get(0)).out();
        CommandReply explained = asking.command(Request.Format.JSON, commands.get(1));
        String settings = asking.command(Request.Format.JSON, commands.get(3)).out();
        return Response.json(200, Json.object(out -> {
            out.writeObjectFieldStart("data");
            out.writeObjectFieldStart("queue");
            out.writeStringField("name", queue);
            out.writeStringField("holding", Json.find(explained.out(), "data", "reason", "text"));
            Json.copyFields(out, row, Set.of("name"), "data", "queues");
            var seen = new HashSet<>(Json.names(row, "data", "queues"));
            seen.addAll(List.of("queue", "conn", "mode"));
            Json.copyFields(out, explained.out(), seen, "data");
            Json.copyFields(out, settings, Set.of("title"), "data");
            out.writeEndObject();
            out.writeEndObject();
            out.writeStringField("status", "success");
            out.writeStringField("message", "");
        }));
    }

    private Response.Whole domainDetail(Request request, String domain) {
        if (domain.isEmpty() || !isName(domain) || domain.indexOf('/') >= 0 || domain.indexOf('*') >= 0) {
            return bad(request, "say which domain: /domainDetail?domain=DOMAIN");
        }
        return several(
                request,
                "Domain " + domain,
                List.of(
                        List.of("show", "domains", "--errors", domain),
                        List.of("show", "queues", "--errors", "--sort=rcpt", "--maxitems=100", domain + "/*")));
    }

    private Response.Whole jobDetail(Request request, String job) {
        if (job.isEmpty()) {
            return bad(request, "say which job: /jobDetail?jobid=ID");
        }
        return command(request, "Job " + job, List.of("list", "--jobId=" + job, "--maxitems=100"));
    }

    /// The answers' data one after the other in one document.
    private Response.Whole several(Request request, String title, List<List<String>> commands) {
        Request.Format format = request.format();
        var replies = new ArrayList<CommandReply>();
        for (List<String> each : commands) {
            replies.add(asking.command(format, each));
        }
        return switch (format) {
            case HTML ->
                Response.of(
                        200,
                        format.type(),
                        Page.of(
                                title,
                                replies.stream()
                                        .map(each -> each.out() + each.err())
                                        .toList(),
                                ""));
            case JSON ->
                Response.json(200, Json.object(out -> {
                    out.writeObjectFieldStart("data");
                    var seen = new HashSet<String>();
                    for (CommandReply each : replies) {
                        if (each.status() == 0) {
                            Json.copyFields(out, each.out(), Set.copyOf(seen), "data");
                            seen.addAll(Json.names(each.out(), "data"));
                        }
                    }
                    out.writeEndObject();
                    out.writeStringField("status", "success");
                    out.writeStringField("message", "");
                }));
            case XML -> {
                var out = new StringBuilder("<rsp><data>");
                replies.stream().filter(each -> each.status() == 0).forEach(each -> out.append(data(each.out())));
                yield Response.of(
                        200,
                        format.type(),
                        out.append("</data>").append(EMPTY_XML).append('\n').toString());
            }
        };
    }

    private static String data(String xml) {
        int from = xml.indexOf("<data>");
        int to = xml.lastIndexOf("</data>");
        return from < 0 || to < from ? "" : xml.substring(from + "<data>".length(), to);
    }

    // --- what is no command

    private Response.Whole localAddresses(Request request) {
        List<String> all = localAddresses.get();
        Request.Format format = request.format();
        return switch (format) {
            case HTML ->
                Response.of(200, format.type(), Page.of("Local addresses", List.of(String.join("\n", all)), ""));
            case JSON ->
                Response.json(200, Json.object(out -> {
                    out.writeObjectFieldStart("data");
                    out.writeArrayFieldStart("localIps");
                    for (String each : all) {
                        out.writeString(each);
                    }
                    out.writeEndArray();
                    out.writeEndObject();
                    out.writeStringField("status", "success");
                    out.writeStringField("message", "");
                }));
            case XML -> {
                var out = new StringBuilder("<rsp><localIps>");
                all.forEach(
                        each -> out.append("<ip>").append(Page.escaped(each)).append("</ip>"));
                yield Response.of(
                        200,
                        format.type(),
                        out.append("</localIps>").append(EMPTY_XML).append('\n').toString());
            }
        };
    }

    Response.Whole logs(Request request, List<WebFiles.Listed> files) {
        Request.Format format = request.format();
        return switch (format) {
            case HTML -> {
                var rows = new StringBuilder("<table><tr><th>File<th>Bytes<th>Changed</tr>\n");
                for (WebFiles.Listed each : files) {
                    rows.append("<tr><td><a href=\"/getFile?file=")
                            .append(java.net.URLEncoder.encode(each.name(), java.nio.charset.StandardCharsets.UTF_8))
                            .append("\">")
                            .append(Page.escaped(each.name()))
                            .append("</a><td>")
                            .append(each.sizeBytes())
                            .append("<td>")
                            .append(time(each.changedMillis()))
                            .append("</tr>\n");
                }
                yield Response.of(
                        200,
                        format.type(),
                        Page.of("Logs", List.of(), rows.append("</table>\n").toString()));
            }
            case JSON ->
                Response.json(200, Json.object(out -> {
                    out.writeObjectFieldStart("data");
                    out.writeArrayFieldStart("files");
                    for (WebFiles.Listed each : files) {
                        out.writeStartObject();
                        out.writeStringField("name", each.name());
                        out.writeNumberField("size", each.sizeBytes());
                        out.writeStringField("time", time(each.changedMillis()));
                        out.writeEndObject();
                    }
                    out.writeEndArray();
                    out.writeEndObject();
                    out.writeStringField("status", "success");
                    out.writeStringField("message", "");
                }));
            case XML -> {
                var out = new StringBuilder("<rsp><data>");
                for (WebFiles.Listed each : files) {
                    out.append("<file><name>")
                            .append(Page.escaped(each.name()))
                            .append("</name><size>")
                            .append(each.sizeBytes())
                            .append("</size><time>")
                            .append(time(each.changedMillis()))
                            .append("</time></file>");
                }
                yield Response.of(
                        200,
                        format.type(),
                        out.append("</data>").append(EMPTY_XML).append('\n').toString());
            }
        };
    }

    private String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(zone));
    }
}
