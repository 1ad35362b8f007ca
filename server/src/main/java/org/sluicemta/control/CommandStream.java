package org.sluicemta.control;

/// Where an answer goes that comes bit by bit. Ends with [#end], or when whoever asked leaves or does not read: then
/// what is told is dropped.
///
/// Owner: the loop of its connection.
public interface CommandStream {
    /// For standard output; whole lines, shown as soon as they come.
    void out(String text);

    /// For standard error; whole lines.
    void err(String text);

    /// Nothing more comes.
    ///
    /// @param status as in [CommandReply]
    void end(int status);

    /// Who hears, once, that whoever asked is gone before the end.
    void onLeave(Runnable task);
}
