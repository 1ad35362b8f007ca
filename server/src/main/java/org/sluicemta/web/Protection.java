package org.sluicemta.web;

import java.util.List;

/// Headers that go out with every answer.
final class Protection {
    /// Nothing from anywhere else, no script inside a page, and no page around ours.
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    private Protection() {}

    static List<Response.Header> headers(WebSettings settings, boolean isSecure) {
        var always = List.of(
                new Response.Header("Content-Security-Policy", POLICY),
                new Response.Header("X-Content-Type-Options", "nosniff"),
                new Response.Header("X-Frame-Options", "DENY"),
                new Response.Header("Referrer-Policy", "no-referrer"),
                new Response.Header("Cross-Origin-Opener-Policy", "same-origin"),
                new Response.Header("Cross-Origin-Resource-Policy", "same-origin"));
        if (!isSecure || settings.hstsSeconds() == 0) {
            return always;
        }
        var all = new java.util.ArrayList<>(always);
        all.add(new Response.Header("Strict-Transport-Security", "max-age=" + settings.hstsSeconds()));
        return List.copyOf(all);
    }
}
