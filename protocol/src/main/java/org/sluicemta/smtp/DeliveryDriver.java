package org.sluicemta.smtp;

import java.util.Optional;
import org.sluicemta.world.Connection;
import org.sluicemta.world.TlsFacts;

/// Who uses a delivery session: gives it transactions and hears what came of them. All calls come on the connection's
/// loop and never block. A driver may call [DeliveryControl] within any of them.
public interface DeliveryDriver {
    /// The session is ready for transactions. Called once.
    ///
    /// @param tls how the connection is secured, empty in clear
    void ready(DeliveryControl control, Connection connection, Capabilities capabilities, Optional<TlsFacts> tls);

    /// The session would take a transaction now, ahead of the running one's result: submit it here and it rides behind
    /// the content in the same write. It need not be taken up; [DeliveryControl#submit] works later too. Called at
    /// most once a transaction.
    void wantsNext();

    /// A transaction is over. Called once for each submitted one, in order but for a transaction that was repeated
    /// without optional parameters; before [#closed] in any case.
    void transactionDone(TransactionResult result);

    /// The server said 4yz or 5yz in answer to a command, in the moment it came; for traces. The result repeats it.
    default void refused(Stage stage, Reply reply) {}

    /// The server's replies were odd, but could be understood: one line for the log. Source: RFC 5321 section 4.2.1.
    default void oddity(String text) {}

    /// The last call.
    ///
    /// @param recipientsAnswered how many RCPT commands had a reply in the whole session: with none, the queue
    ///     itself failed
    void closed(SessionEnd end, int recipientsAnswered);
}
