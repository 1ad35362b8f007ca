package org.sluicemta.smtp;

/// What a driver may ask of the client engine. On the connection's loop only; within the driver's callbacks too. Never
/// blocks.
public interface DeliveryControl {
    /// Whether [#submit] would take a transaction now: the session is ready, no QUIT was asked, and at most one
    /// transaction runs whose content has been sent whole.
    boolean takesWork();

    /// Starts a transaction, or, with PIPELINING, sends its envelope behind the content of the one that runs.
    ///
    /// @throws IllegalStateException when [#takesWork] is false
    void submit(OutgoingTransaction transaction);

    /// Ends with QUIT when no transaction is left.
    void quit();

    /// Drops the connection at once; open transactions report first.
    void abort();

    /// [OutgoingContent#next] has a piece again.
    void contentReady();
}
