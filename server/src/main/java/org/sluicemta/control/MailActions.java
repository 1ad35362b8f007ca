package org.sluicemta.control;

import java.util.function.Consumer;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.world.Loop;

/// What operators do to waiting mail. Implemented by `app`; every answer comes as a turn of `home`, the loop of the
/// connection that asked. Nothing blocks. All of it survives a restart.
public interface MailActions {
    /// @param pattern `domain/vmta`, a `*` in either half
    /// @param forMillis after which it resumes by itself; 0 where it does not
    /// @param answer hears how many queues it concerned
    void pause(Loop home, String pattern, long forMillis, Consumer<Integer> answer);

    /// @param answer hears how many queues it concerned, and what the pauses have cost
    void resume(Loop home, String pattern, Consumer<QueueRoom.Resumed> answer);

    /// @param job its id as it was submitted
    /// @param answer hears why not; empty when it is done
    void pauseJob(Loop home, String job, boolean isPaused, Consumer<String> answer);

    /// @param priority 1 to 100
    /// @param answer hears how many recipients had another one
    void setPriority(Loop home, Operations.RecipientQuery query, int priority, Consumer<Integer> answer);

    /// Bounces what the query finds with `5.0.0`, "deleted by administrator".
    ///
    /// @param isReported whether senders get a non-delivery report
    /// @param isAccounted whether each recipient has its row
    /// @param answer hears how many recipients it concerned
    void delete(
            Loop home,
            Operations.RecipientQuery query,
            boolean isReported,
            boolean isAccounted,
            Consumer<Integer> answer);
}
