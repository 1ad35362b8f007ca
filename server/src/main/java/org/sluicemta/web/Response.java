package org.sluicemta.web;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What a request is answered with. The headers of protection come on top.
sealed interface Response {
    int status();

    List<Header> headers();

    /// Of a response.
    record Header(String name, String value) {}

    /// Short, and in memory.
    record Whole(int status, List<Header> headers, byte[] body) implements Response {
        Whole with(String name, String value) {
            var more = new ArrayList<>(headers);
            more.add(new Header(name, value));
            return new Whole(status, List.copyOf(more), body);
        }
    }

    /// A file as it is read; closed by whoever sends it.
    record FileBody(List<Header> headers, InputStream body) implements Response {
        @Override
        public int status() {
            return 200;
        }
    }

    /// Events for as long as somebody listens.
    record Live(List<Header> headers, EventStreams.Listener listener) implements Response {
        @Override
        public int status() {
            return 200;
        }
    }

    static Whole of(int status, String type, String body) {
        return new Whole(status, List.of(new Header("Content-Type", type)), body.getBytes(StandardCharsets.UTF_8));
    }

    static Whole json(int status, String body) {
        return of(status, Request.Format.JSON.type(), body);
    }

    /// A failure in the format that was asked for.
    static Whole failed(int status, Request.Format format, String text) {
        return switch (format) {
            case JSON -> json(status, "{\"data\":{},\"status\":\"error\",\"message\":" + Json.text(text) + "}\n");
            case XML -> of(status, format.type(), "<rsp><fail>" + Page.escaped(text) + "</fail></rsp>\n");
            case HTML -> of(status, format.type(), Page.failure(status, text));
        };
    }

    static Whole to(int status, String place) {
        return new Whole(status, List.of(new Header("Location", place)), new byte[0]);
    }
}
