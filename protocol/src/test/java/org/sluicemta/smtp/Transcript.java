package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Address;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;
import org.sluicemta.world.TlsTerms;

/// Plays a dialogue from a file `*.smtp` against an engine.
///
/// - `C: text` and `S: text` are lines with CRLF, `C- text` and `S- text` bytes without; `\r \n \0 \\ \xHH` are
///   escapes. What the engine under test hears is fed, in pieces of a given length; what it says must
///   follow exactly.
/// - `D: text` is the next event that the session or the driver heard.
/// - `@directive` sets the scene or lets something happen; `#` begins a comment.
final class Transcript {
    private final Path file;
    private final boolean isServer;
    private final int piece;
    private final ScriptedLoop loop = new ScriptedLoop();
    private final RecordingSession session = new RecordingSession();
    private final RecordingDriver driver = new RecordingDriver();
    private ServerSettings server = ServerSettings.of("mx.example.org");
    private ClientSettings client = ClientSettings.of("out.example.com", new TlsUse.Never());
    private @Nullable ScriptedConnection connection;
    private final ByteArrayOutputStream input = new ByteArrayOutputStream();
    private String output = "";
    private int event;
    private int lineNumber;

    Transcript(Path file, boolean isServer, int piece) {
        this.file = file;
        this.isServer = isServer;
        this.piece = piece;
    }

    void play() {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (String line : lines) {
            lineNumber++;
            if (!line.isBlank() && !line.startsWith("#")) {
                line(line);
            }
        }
        feed();
        expectNothingMore();
        if (!isServer) {
            assertThat(events().subList(event, events().size()))
                    .as(where("events not told of"))
                    .isEmpty();
        }
    }

    private void line(String line) {
        if (line.startsWith("@")) {
            feed();
            directive(line.substring(1).split(" ", 2));
            return;
        }
        open();
        char side = line.charAt(0);
        String text = unescape(line.length() > 3 ? line.substring(3) : "") + (line.charAt(1) == ':' ? "\r\n" : "");
        if (side == 'D') {
            feed();
            List<String> events = events();
            assertThat(events).as(where("events")).hasSizeGreaterThan(event);
            assertThat(events.get(event++)).as(where("event")).isEqualTo(line.substring(3));
        } else if (side == (isServer ? 'C' : 'S')) {
            if (input.size() == 0) {
                expectNothingMore();
            }
            input.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        } else {
            feed();
            output += connection().takeSent();
            if (!output.startsWith(text)) {
                assertThat(output).as(where("said")).startsWith(text);
            }
            output = output.substring(text.length());
        }
    }

    private void directive(String[] words) {
        String argument = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "open" -> open();
            case "offer" ->
                server = with(
                        extensions(argument), server.maxMessageBytes(), server.maxRecipients(), server.maxErrors());
            case "max-size" ->
                server = with(server.offered(), Integer.parseInt(argument), server.maxRecipients(), server.maxErrors());
            case "max-recipients" ->
                server = with(
                        server.offered(), server.maxMessageBytes(), Integer.parseInt(argument), server.maxErrors());
            case "max-errors" ->
                server = with(
                        server.offered(), server.maxMessageBytes(), server.maxRecipients(), Integer.parseInt(argument));
            case "use" ->
                client = new ClientSettings(
                        client.helloName(),
                        client.tls(),
                        client.login(),
                        extensions(argument),
                        client.timeouts(),
                        client.eagerBytes(),
                        client.holdBytes());
            case "eager" ->
                client = new ClientSettings(
                        client.helloName(),
                        client.tls(),
                        client.login(),
                        client.use(),
                        client.timeouts(),
                        Integer.parseInt(argument),
                        client.holdBytes());
            case "tls" -> tls(argument);
            case "login" ->
                client = new ClientSettings(
                        client.helloName(),
                        client.tls(),
                        new ClientLogin("joe", "pass word", argument.equals("in-clear")),
                        client.use(),
                        client.timeouts(),
                        client.eagerBytes(),
                        client.holdBytes());
            case "greeting-delay" ->
                server = new ServerSettings(
                        server.hostName(),
                        server.offered(),
                        server.tls(),
                        server.maxMessageBytes(),
                        server.maxRecipients(),
                        server.maxReceivedLines(),
                        server.maxErrors(),
                        server.commandTimeout(),
                        server.dataTimeout(),
                        server.messageTimeout(),
                        Duration.ofSeconds(Long.parseLong(argument)));
            case "greeting" ->
                session.greeting = Reply.of(Integer.parseInt(argument.substring(0, 3)), argument.substring(4));
            case "content-answer" ->
                session.contentAnswer = Reply.of(Integer.parseInt(argument.substring(0, 3)), argument.substring(4));
            case "content-refusal" ->
                session.contentRefusal = Reply.of(Integer.parseInt(argument.substring(0, 3)), argument.substring(4));
            case "answers-later" -> session.answersLater = true;
            case "room" -> session.sinkRoom = Integer.parseInt(argument);
            case "answer" ->
                connection()
                        .inEngine(() -> session.pending.answer(
                                Reply.of(Integer.parseInt(argument.substring(0, 3)), argument.substring(4))));
            case "shut-down" -> connection().inEngine(() -> session.control.shutDown());
            case "secure" -> connection().secure();
            case "pause" -> connection().advance(Duration.ofSeconds(Long.parseLong(argument)));
            case "eof" -> connection().endInput();
            case "lose" -> connection().fail(IoFailure.Kind.CLOSED_THERE, "reset by peer");
            case "exhaust" -> connection().fail(IoFailure.Kind.EXHAUSTED, "no memory");
            case "over" -> assertThat(connection().isOver()).as(where("over")).isTrue();
            case "alive" -> assertThat(connection().isOver()).as(where("alive")).isFalse();
            case "message" ->
                assertThat(session.message(session.messages.size() - 1))
                        .as(where("message"))
                        .isEqualTo(unescape(argument));
            case "messages" ->
                assertThat(session.messages).as(where("messages")).hasSize(Integer.parseInt(argument));
            case "submit" -> submit(argument);
            case "quit" -> connection().inEngine(() -> driver.control.quit());
            case "quit-when-idle" -> driver.quitsWhenIdle = true;
            default -> throw new IllegalArgumentException(where("unknown directive " + words[0]));
        }
    }

    /// `sender recipient,recipient content`
    private void submit(String argument) {
        String[] parts = argument.split(" ", 3);
        List<OutgoingTransaction.Recipient> recipients = java.util.Arrays.stream(parts[1].split(","))
                .map(r -> new OutgoingTransaction.Recipient(Address.ofChecked(r)))
                .toList();
        Address sender = parts[0].equals("<>") ? Address.NULL_PATH : Address.ofChecked(parts[0]);
        driver.waiting.add(new OutgoingTransaction(sender, recipients, TestContent.of(unescape(parts[2]))));
        if (connection != null && !connection.isOver()) {
            connection.inEngine(driver::handOver);
        }
    }

    private void tls(String argument) {
        long minute = Duration.ofMinutes(1).toNanos();
        if (isServer) {
            var plan = new TlsPlan.Server(
                    new TlsIdentity(new byte[0], new byte[0]),
                    TlsTerms.MODERN,
                    null,
                    argument.equals("immediate"),
                    minute);
            server = new ServerSettings(
                    server.hostName(),
                    ServerSettings.DEFAULT_OFFER,
                    plan,
                    server.maxMessageBytes(),
                    server.maxRecipients(),
                    server.maxReceivedLines(),
                    server.maxErrors(),
                    server.commandTimeout(),
                    server.dataTimeout(),
                    server.messageTimeout(),
                    server.greetingDelay());
        } else {
            var plan = new TlsPlan.Client("mx.example.org", false, List.of("TLSv1.3"), null, "key", minute);
            TlsUse use = argument.equals("required") ? new TlsUse.Required(plan) : new TlsUse.IfOffered(plan);
            client = new ClientSettings(
                    client.helloName(),
                    use,
                    client.login(),
                    client.use(),
                    client.timeouts(),
                    client.eagerBytes(),
                    client.holdBytes());
        }
    }

    private ServerSettings with(java.util.Set<Extension> offered, int maxSize, int maxRecipients, int maxErrors) {
        return new ServerSettings(
                server.hostName(),
                offered,
                server.tls(),
                maxSize,
                maxRecipients,
                server.maxReceivedLines(),
                maxErrors,
                server.commandTimeout(),
                server.dataTimeout(),
                server.messageTimeout(),
                server.greetingDelay());
    }

    private static EnumSet<Extension> extensions(String keywords) {
        var set = EnumSet.noneOf(Extension.class);
        for (Extension extension : Extension.values()) {
            if (List.of(keywords.split("[ ,]+")).contains(extension.keyword())) {
                set.add(extension);
            }
        }
        return set;
    }

    private List<String> events() {
        return isServer ? session.events : driver.events;
    }

    private void open() {
        if (connection == null) {
            connection = isServer
                    ? new ScriptedConnection(loop, new SmtpServerEngine(server, session))
                    : new ScriptedConnection(loop, new SmtpClientEngine(client, driver));
            connection.open();
        }
    }

    private ScriptedConnection connection() {
        open();
        return connection;
    }

    private void feed() {
        if (input.size() > 0) {
            byte[] bytes = input.toByteArray();
            input.reset();
            connection().feed(bytes, piece);
        }
    }

    private void expectNothingMore() {
        if (connection != null) {
            output += connection.takeSent();
            assertThat(output).as(where("nothing more is said")).isEmpty();
            assertThat(connection.isOver() || !connection.hasUnflushed())
                    .as(where("all is flushed"))
                    .isTrue();
        }
    }

    private String where(String what) {
        return file.getFileName() + ":" + lineNumber + " " + what;
    }

    static String unescape(String text) {
        var plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            i++;
            switch (text.charAt(i)) {
                case 'r' -> plain.append('\r');
                case 'n' -> plain.append('\n');
                case '0' -> plain.append('\0');
                case 't' -> plain.append('\t');
                case 'x' -> {
                    plain.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }
}
