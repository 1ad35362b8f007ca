package org.sluicemta.web;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.mail.IpText;

/// Calls of a git host that say that there is something to pull. The signature is the access: whoever knows the secret
/// may call, from anywhere, and can do nothing but have a pull come earlier than it would. So a call that is repeated
/// by a stranger does no harm either.
///
/// Threads: safe from any thread.
final class PullCalls {
    private static final Logger LOG = LoggerFactory.getLogger(PullCalls.class);

    private final WrongPasswords wrong = new WrongPasswords();
    private final PullRequests pulls;

    PullCalls(PullRequests pulls) {
        this.pulls = pulls;
    }

    Response answer(Request request, WebSettings settings, long nowMillis) {
        String secret = settings.secrets().pull();
        if (secret.isEmpty()) {
            return Response.json(404, failure("there is no config-source-secret; write one to have pulls asked for"));
        }
        if (!request.isPost()) {
            return Response.json(405, failure("a pull is asked for with POST")).with("Allow", "POST");
        }
        if (!request.isSecure()
                && settings.redirectsToTls()
                && !request.header("x-gitlab-token").isEmpty()) {
            // Taken, it would go on being sent where everybody on the way can read it.
            LOG.warn(
                    "management port: a call for a pull from {} sends its secret by plain HTTP; use https, and another "
                            + "secret",
                    IpText.of(request.client()));
            return Response.json(403, failure("a secret was sent by plain HTTP; use https, and another secret"));
        }
        return switch (wrong.look(request.client(), nowMillis, () -> isMeant(request, secret))) {
            case RIGHT -> {
                pulls.soon();
                yield Response.json(202, "{\"status\":\"success\",\"message\":\"The configuration is pulled.\"}\n");
            }
            case WRONG -> {
                LOG.warn(
                        "management port: a call for a pull with a wrong signature from {}",
                        IpText.of(request.client()));
                yield Response.json(
                        403, failure("the signature is missing or wrong; the secret is that of config-source-secret"));
            }
            case NOT_LOOKED_AT -> {
                long seconds = (wrong.waitMillis(request.client(), nowMillis) + 999) / 1000;
                yield Response.json(429, failure("too many wrong signatures; try again in " + seconds + " s"))
                        .with("Retry-After", Long.toString(seconds));
            }
        };
    }

    /// Git hosts sign the body; GitLab sends the secret itself.
    private static boolean isMeant(Request request, String secret) {
        String signature = request.header("x-hub-signature-256");
        String token = request.header("x-gitlab-token");
        return !signature.isEmpty()
                ? Proof.isSigned(signature, request.body(), secret)
                : !token.isEmpty() && Proof.areEqual(token, secret);
    }

    private static String failure(String text) {
        return Json.object(out -> {
            out.writeStringField("status", "error");
            out.writeStringField("message", text);
        });
    }
}
