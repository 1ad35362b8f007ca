package org.sluicemta.smtp;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsFacts;

/// The decisions of a receiving server about one connection. The engine speaks the protocol and keeps its order; it
/// asks here what to answer. All calls come on the connection's loop, in the order of the protocol, and
/// never block.
///
/// A transaction is `mail`, `recipient`…, `beginContent`, then either `endContent` or, from any point on, `reset`.
public interface SubmissionSession {
    /// The connection stands. First call.
    ///
    /// @param control for as long as the connection stands
    /// @return 220, or 421, 521, 554 to refuse; then the connection is closed (after QUIT for 5yz).
    ///     Source: RFC 5321 section 3.1
    Reply greeting(Connection connection, SubmissionControl control);

    /// EHLO or HELO; a transaction that was open has been reset before.
    ///
    /// @return a 2yz whose first line is told (for EHLO the engine adds the extensions), or a refusal
    Reply hello(Command.Hello hello);

    /// The handshake is done; what the client said before is void, EHLO comes again. Source: RFC 3207 section 4.2.
    default void secured(TlsFacts facts) {}

    /// What EHLO announces behind AUTH now; empty for no AUTH.
    default List<SaslMechanism> mechanisms() {
        return List.of();
    }

    /// Why this mechanism cannot be used now, or null where it can.
    default @Nullable Reply refusesMechanism(SaslMechanism mechanism) {
        return Reply.of(504, "5.5.4 this authentication mechanism is not available");
    }

    /// Something that was never said before, to be signed by CRAM-MD5. Source: RFC 2195 section 2.
    default String challenge() {
        throw new SmtpException("no challenge without a mechanism");
    }

    /// Whether the client is who it says: 235, else 454 or 535. The answer may come later, in a turn of the same loop;
    /// until then no further command is read. Source: RFC 4954 section 6.
    default void authenticate(Credentials claim, PendingReply pending) {
        pending.answer(Reply.of(535, "5.7.8 authentication failed"));
    }

    /// Whether to take a transaction. Syntax, order, the announced size limit and SMTPUTF8 were checked. A 421 to
    /// somebody who has logged in ends the session.
    Reply mail(Command.Mail mail);

    /// Whether to take a recipient. Syntax, order, number and SMTPUTF8 were checked.
    Reply recipient(Command.Rcpt rcpt);

    /// Content is about to come: DATA or the first BDAT, with at least one recipient.
    ///
    /// @return where it goes, or the refusal
    ContentStart beginContent();

    /// The content has come whole and is well-formed: sizes, line ends and hops were checked. The answer may come now
    /// or later, in a turn of the same loop; until then no further command is read. After it the
    /// transaction is over.
    void endContent(ContentFacts facts, PendingReply pending);

    /// The transaction is over without a message: RSET, a new EHLO, refused or unwanted content, a lost connection.
    /// Not called when none was open.
    void reset();

    /// The last call: the connection is gone. A message handed over by `endContent` is not undone by it.
    void closed(IoFailure why);

    /// The answer to [#beginContent].
    ///
    /// @param sink where content goes, or null to refuse
    /// @param refusal what the client is told when there is no sink
    record ContentStart(
            @Nullable ContentSink sink, @Nullable Reply refusal) {
        public ContentStart {
            if ((sink == null) == (refusal == null)) {
                throw new SmtpException("content either has a sink or is refused");
            }
        }

        public static ContentStart into(ContentSink sink) {
            return new ContentStart(sink, null);
        }

        public static ContentStart refused(Reply refusal) {
            return new ContentStart(null, refusal);
        }
    }
}
