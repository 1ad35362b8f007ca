package org.sluicemta.web;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Reads the parameters of a query or of a form.
final class Parameters {
    /// No page of ours has a tenth of them.
    private static final int MOST = 100;

    private Parameters() {}

    /// Adds those that are not there yet; what is no parameter is left out.
    static void read(String text, Map<String, String> into) {
        for (String each : text.split("&", MOST + 1)) {
            int equals = each.indexOf('=');
            if (each.isEmpty() || into.size() >= MOST) {
                continue;
            }
            try {
                String name = decoded(equals < 0 ? each : each.substring(0, equals));
                into.putIfAbsent(name, equals < 0 ? "" : decoded(each.substring(equals + 1)));
            } catch (IllegalArgumentException noEscape) {
                // A percent sign without its digits: nobody means anything by it.
                continue;
            }
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
