package org.sluicemta.web;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A request, read whole.
///
/// @param path without the query, decoded
/// @param parameters of the query and of a form, the first of each name
/// @param headers by name in lower case, the first of each
/// @param body at most [#MOST_BODY] bytes
record Request(
        String method,
        String path,
        String rawQuery,
        Map<String, String> parameters,
        Map<String, String> headers,
        InetAddress client,
        boolean isSecure,
        byte[] body) {
    /// Commands and forms are short, and so are the calls of git hosts.
    static final int MOST_BODY = 64 * 1024;

    String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }

    /// The first of several spellings that is given and not empty.
    String parameter(String... names) {
        return List.of(names).stream()
                .map(this::parameter)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("");
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /// Of the header Cookie.
    Optional<String> cookie(String name) {
        for (String each : header("cookie").split(";", 50)) {
            int equals = each.indexOf('=');
            if (equals > 0 && each.substring(0, equals).strip().equals(name)) {
                return Optional.of(each.substring(equals + 1).strip());
            }
        }
        return Optional.empty();
    }

    boolean isGet() {
        return method.equals("GET") || method.equals("HEAD");
    }

    boolean isPost() {
        return method.equals("POST");
    }

    /// What was asked for in `format`; `json-text` is what pages of PowerMTA 5 ask for.
    Format format() {
        return switch (parameter("format")) {
            case "xml" -> Format.XML;
            case "json", "json-text" -> Format.JSON;
            default -> Format.HTML;
        };
    }

    /// How an answer is written.
    enum Format {
        HTML("text/html; charset=utf-8"),
        XML("text/xml; charset=utf-8"),
        JSON("application/json; charset=utf-8");

        private final String type;

        Format(String type) {
            this.type = type;
        }

        String type() {
            return type;
        }
    }
}
