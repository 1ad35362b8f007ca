package org.sluicemta.smtp;

/// What a driver may ask of the client engine. On the connection's loop only; within the driver's callbacks too. Never
/// blocks.
public interface DeliveryControl {
    /// Whether [#submit] would take a transaction now: the session is ready, no QUIT was asked, and none waits behind
    /// the one that runs.
    boolean takesWork();

    /// Starts a transaction. While another runs it waits for its turn: with PIPELINING it is sent as soon as the
    /// content of the running one is, else when that one is done. A decision that should be taken as late as
    /// possible is best taken in [DeliveryDriver#wantsNext] and [DeliveryDriver#transactionDone].
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
