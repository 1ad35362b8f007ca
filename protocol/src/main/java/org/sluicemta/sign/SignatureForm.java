package org.sluicemta.sign;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/// What a signature covers and says, apart from key and identity.
///
/// @param headers canonical form of the header fields
/// @param body canonical form of the body
/// @param alsoSigned names of fields that are signed besides [#ALWAYS], where present; lower case
/// @param alsoMatching fields whose lower-case names one of these takes are signed too
/// @param closed names of fields of which none may be added besides those of [#CLOSED]: listed once more than they are
///     present; lower case
/// @param hasTimestamp whether `t=` is said
/// @param expireAfterSeconds the time of `x=` after the signing, 1 or more; empty for no `x=`
/// @param queryMethod `q=`, empty for none
public record SignatureForm(
        Canonicalization headers,
        Canonicalization body,
        List<String> alsoSigned,
        List<Predicate<String>> alsoMatching,
        List<String> closed,
        boolean hasTimestamp,
        OptionalLong expireAfterSeconds,
        String queryMethod) {
    /// Fields that are signed wherever they are present. Source: RFC 6376 section 5.4.1, RFC 8058 section 4.
    public static final Set<String> ALWAYS = Set.of(
            "from",
            "sender",
            "reply-to",
            "subject",
            "date",
            "to",
            "cc",
            "message-id",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "content-id",
            "content-description",
            "resent-date",
            "resent-from",
            "resent-sender",
            "resent-to",
            "resent-cc",
            "resent-message-id",
            "in-reply-to",
            "references",
            "list-id",
            "list-help",
            "list-unsubscribe",
            "list-unsubscribe-post",
            "list-subscribe",
            "list-post",
            "list-owner",
            "list-archive",
            "feedback-id");

    /// Fields that are listed once more than they are present, so that none can be added on the way: those that a
    /// reader sees or a program believes. Source: RFC 6376 section 8.15.
    public static final List<String> CLOSED = List.of(
            "from",
            "to",
            "cc",
            "subject",
            "date",
            "reply-to",
            "message-id",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "list-unsubscribe",
            "list-unsubscribe-post");

    /// Fields that servers on the way change or add. Source: RFC 6376 section 5.4.
    private static final List<String> NEVER =
            List.of("return-path", "received", "comments", "keywords", "bcc", "resent-bcc", "dkim-signature");

    public static final SignatureForm DEFAULT = new SignatureForm(
            Canonicalization.RELAXED,
            Canonicalization.RELAXED,
            List.of(),
            List.of(),
            List.of(),
            false,
            OptionalLong.empty(),
            "");

    public SignatureForm {
        alsoSigned = List.copyOf(alsoSigned);
        alsoMatching = List.copyOf(alsoMatching);
        closed = List.copyOf(closed);
        for (List<String> names : List.of(alsoSigned, closed)) {
            for (String name : names) {
                if (!isFieldName(name)) {
                    throw new SignException("\"" + name + "\" is no name of a header field");
                }
            }
        }
        if (expireAfterSeconds.isPresent() && expireAfterSeconds.getAsLong() < 1) {
            throw new SignException("a signature that expires at once is of no use");
        }
        if (!queryMethod.chars().allMatch(c -> c > ' ' && c < 127 && c != ';' && c != '=')) {
            throw new SignException("\"" + queryMethod + "\" is no query method; the one in use is dns/txt");
        }
    }

    /// Source: RFC 5322 section 2.2; the semicolon would end the tag.
    private static boolean isFieldName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 127 || c == ':' || c == ';' || c >= 'A' && c <= 'Z') {
                return false;
            }
        }
        return !name.isEmpty();
    }

    boolean signs(String name) {
        if (ALWAYS.contains(name)) {
            return true;
        }
        return !NEVER.contains(name)
                && isFieldName(name)
                && (alsoSigned.contains(name) || alsoMatching.stream().anyMatch(each -> each.test(name)));
    }

    /// Names to list once more than they are present, each once.
    List<String> closedNames() {
        if (closed.isEmpty()) {
            return CLOSED;
        }
        var all = new java.util.LinkedHashSet<>(CLOSED);
        closed.stream().filter(name -> !NEVER.contains(name)).forEach(all::add);
        return List.copyOf(all);
    }
}
