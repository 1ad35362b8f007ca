package org.sluicemta.web;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.sluicemta.control.Operations;
import org.sluicemta.queue.OutcomeCounts;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.world.Loop;

/// The board of providers: what waits and what happened lately, by recipient domain or rollup, over all virtual MTAs.
/// Blocks while the loops are asked.
final class Providers {
    /// Rows: nobody reads more.
    static final int MOST = 50;
    /// The largest queues that are looked at: a domain has one for each virtual MTA.
    private static final int MOST_QUEUES = 5_000;
    /// A little less than the pages' interval.
    private static final long FRESH_MILLIS = 1_500;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private final Asking asking;
    private final Loop home;
    private final Operations operations;
    private final ZoneId zone;
    private final Kept newest = new Kept(FRESH_MILLIS);

    Providers(Asking asking, Loop home, Operations operations, ZoneId zone) {
        this.asking = asking;
        this.home = home;
        this.operations = operations;
        this.zone = zone;
    }

    /// One row, while it is added up.
    private static final class Row {
        final String domain;
        long recipients;
        long bytes;
        int connections;
        int queues;
        int inBackoff;
        int paused;
        boolean isFailing;
        String holding = "";
        long mostHeld;
        String lastError = "";
        long lastErrorMillis;

        Row(String domain) {
            this.domain = domain;
        }

        void add(Operations.QueueRow queue) {
            recipients += queue.recipients();
            bytes += queue.bytes();
            connections += queue.connections();
            queues++;
            inBackoff += queue.isBackoff() ? 1 : 0;
            paused += queue.isPaused() ? 1 : 0;
            isFailing |= queue.retryMillis() > 0 && !queue.notes().isEmpty() && queue.connections() == 0;
            if (!queue.holding().isEmpty() && queue.recipients() >= mostHeld) {
                mostHeld = queue.recipients();
                holding = queue.holding();
            }
            for (Operations.QueueNote note : queue.notes()) {
                if (note.atMillis() > lastErrorMillis) {
                    lastErrorMillis = note.atMillis();
                    lastError = note.text();
                }
            }
        }
    }

    /// Made once for all open pages.
    Response.Whole answer(Request request, long nowMillis) {
        if (request.format() == Request.Format.XML) {
            return Response.failed(400, Request.Format.XML, "/providers is JSON; write format=json");
        }
        return Response.json(200, newest.text(nowMillis, this::made));
    }

    private String made() {
        var query = new Operations.QueueQuery("", Operations.Order.RECIPIENTS, MOST_QUEUES, null, null, null);
        Operations.QueueListing listing = asking.answer(then -> home.post(() -> operations.queues(home, query, then)));
        Map<String, OutcomeCounts> lately =
                asking.answer(then -> home.post(() -> operations.outcomesLately(home, then)));
        Map<String, Row> rows = new LinkedHashMap<>();
        for (Operations.QueueRow each : listing.rows()) {
            int slash = each.name().indexOf('/');
            String domain = slash < 0 ? each.name() : each.name().substring(0, slash);
            rows.computeIfAbsent(domain, Row::new).add(each);
        }
        lately.keySet().forEach(domain -> rows.computeIfAbsent(domain, Row::new));
        List<Row> most = new ArrayList<>(rows.values());
        most.sort(Comparator.comparingLong((Row row) -> row.recipients)
                .thenComparingLong(row ->
                        lately.getOrDefault(row.domain, OutcomeCounts.NONE).total())
                .reversed());
        List<Row> shown = most.subList(0, Math.min(MOST, most.size()));
        return json(shown, lately);
    }

    private String json(List<Row> rows, Map<String, OutcomeCounts> lately) {
        return Json.object(out -> {
            out.writeObjectFieldStart("data");
            out.writeNumberField("minutes", QueueRoom.LATELY_MINUTES);
            out.writeArrayFieldStart("providers");
            for (Row each : rows) {
                OutcomeCounts outcomes = lately.getOrDefault(each.domain, OutcomeCounts.NONE);
                out.writeStartObject();
                out.writeStringField("name", each.domain);
                out.writeStringField("pattern", each.domain + "/*");
                out.writeNumberField("rcp", each.recipients);
                out.writeFieldName("kb");
                out.writeRawValue(tenths(each.bytes));
                out.writeNumberField("conn", each.connections);
                out.writeNumberField("queues", each.queues);
                out.writeNumberField("backoff", each.inBackoff);
                out.writeNumberField("paused", each.paused);
                out.writeBooleanField("failing", each.isFailing);
                out.writeNumberField("delivered", outcomes.delivered());
                out.writeNumberField("deferred", outcomes.deferred());
                out.writeNumberField("bounced", outcomes.bounced());
                out.writeStringField("holding", each.holding);
                out.writeStringField("lastError", each.lastError);
                out.writeStringField("lastErrorTime", each.lastErrorMillis == 0 ? "" : time(each.lastErrorMillis));
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeStringField("status", "success");
            out.writeStringField("message", "");
        });
    }

    /// Kilobytes with one decimal.
    private static String tenths(long bytes) {
        long tenths = (bytes * 10 + 512) / 1024;
        return tenths / 10 + "." + tenths % 10;
    }

    private String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(zone));
    }
}
