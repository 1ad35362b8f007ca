package org.sluicemta.receive;

import org.sluicemta.smtp.Reply;

/// What reception says. Source of the codes: RFC 5321 section 4.2, RFC 3463.
final class Replies {
    static final Reply MAIL_OK = Reply.of(250, "2.1.0 MAIL ok");
    static final Reply RCPT_OK = Reply.of(250, "2.1.5 RCPT ok");
    static final Reply RECEIVED = Reply.of(250, "2.6.0 message received");
    static final Reply RELAYING_DENIED = Reply.of(550, "5.7.1 relaying denied");
    static final Reply NO_SERVICE = Reply.of(554, "5.7.1 no SMTP service for you here");
    static final Reply TOO_MANY_CONNECTIONS = Reply.of(421, "4.3.2 too many connections, try again later");
    static final Reply SHORT_OF_MEMORY = Reply.of(421, "4.3.2 short of memory, try again later");
    static final Reply STOPPING = Reply.of(421, "4.3.2 the server is shutting down");
    static final Reply NO_MEMORY = Reply.of(452, "4.3.1 out of memory for messages, try again later");
    static final Reply QUEUES_FULL = Reply.of(452, "4.3.1 too much mail is waiting, try again later");
    static final Reply TOO_MANY_RECIPIENTS = Reply.of(452, "4.5.3 too many recipients");
    static final Reply BAD_DOMAIN = Reply.of(553, "5.1.2 the domain cannot be written in A-labels");
    static final Reply EMPTY_VIRTUAL_MTA = Reply.of(554, "5.6.0 x-virtual-mta is empty");
    static final Reply TOO_BIG = Reply.of(552, "5.3.4 the message is larger than this server takes from you");
    static final Reply LOG_IN_FIRST = Reply.of(530, "5.7.0 authentication required");
    static final Reply LOGGED_OUT = Reply.of(421, "4.7.0 the user has changed, log in again");
    static final Reply LOGGED_IN = Reply.of(235, "2.7.0 authentication succeeded");
    static final Reply LOGIN_FAILED = Reply.of(535, "5.7.8 authentication failed");
    static final Reply LOGINS_BARRED = Reply.of(454, "4.7.0 too many failed log-ins, try again later");
    static final Reply PLAIN_NEEDS_TLS = Reply.of(538, "5.7.11 encryption is required for this mechanism");
    static final Reply TLS_FIRST = Reply.of(530, "5.7.0 say STARTTLS first");
    static final Reply NO_MECHANISM = Reply.of(504, "5.5.4 this authentication mechanism is not available");
    static final Reply TOO_MUCH_TO_MATCH =
            Reply.of(452, "4.5.3 too many recipients for the patterns of this source, send fewer in one message");
    static final Reply NOT_MATCHED =
            Reply.of(451, "4.3.0 the patterns of this source were not matched, try again later");
    static final Reply HEADER_TOO_LARGE = Reply.of(552, "5.3.4 the header is larger than 256 KB");

    private Replies() {}

    static Reply unknownVirtualMta(String name) {
        return Reply.of(554, "5.3.5 no virtual MTA is called \"" + printable(name) + "\"");
    }

    static Reply noStorage(String text) {
        return Reply.of(452, "4.3.1 " + printable(text));
    }

    /// A stranger's text in a reply: printable, at most 100 characters.
    static String printable(String text) {
        var out = new StringBuilder(Math.min(text.length(), 100));
        for (int i = 0; i < text.length() && i < 100; i++) {
            char c = text.charAt(i);
            out.append(c < ' ' || c > 126 ? '?' : c);
        }
        return out.toString();
    }
}
