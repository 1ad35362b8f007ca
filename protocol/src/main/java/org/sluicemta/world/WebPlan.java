package org.sluicemta.world;

import java.net.URI;

/// What to fetch, and its bounds.
///
/// @param address `http` or `https`; a user and password in it are sent as basic authentication, to its
///     own host only
/// @param etag of the copy that is at hand, so that an unchanged document is not sent again; empty for
///     none
/// @param mostBytes of the document
/// @param mostRedirects followed; one from `https` to `http` never is
/// @param timeoutNanos for all of it, redirects too; over 0
public record WebPlan(URI address, String etag, int mostBytes, int mostRedirects, long timeoutNanos) {
    public WebPlan {
        String scheme = address.getScheme();
        if (address.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
            // Without the address itself: it may hold a password.
            throw new IllegalArgumentException("the address to fetch is not http://HOST/... or https://HOST/...");
        }
        if (mostBytes < 0 || mostRedirects < 0 || timeoutNanos <= 0) {
            throw new IllegalArgumentException("a bound below 0, or no time at all");
        }
    }
}
