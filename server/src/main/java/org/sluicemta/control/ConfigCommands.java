package org.sluicemta.control;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.sluicemta.world.Loop;

/// What operators may ask of the pulling of the configuration. Implemented by `app`; every answer comes
/// as a turn of `home`, the loop of the connection that asked, after some minutes at most where
/// something is fetched. Nothing blocks.
public interface ConfigCommands {
    void status(Loop home, Consumer<PullStatus> answer);

    /// Pulls now, and ends a hold.
    ///
    /// @param accepted words of guards that may be passed this once
    /// @param allowedBounces waiting recipients that may bounce because their virtual MTA is taken away
    void pull(Loop home, Set<String> accepted, long allowedBounces, Consumer<PullOutcome> answer);

    /// Fetches and tells what would change; adopts nothing.
    void showEffect(Loop home, Consumer<PullOutcome> answer);

    /// @param version 0 for the local file, -1 for the one before that in use
    /// @param allowedBounces as for [#pull]
    void rollBack(Loop home, int version, long allowedBounces, Consumer<PullOutcome> answer);

    void resume(Loop home, Consumer<PullOutcome> answer);

    /// @param source where it is pulled from; empty where it is not pulled
    /// @param isBusy whether something is fetched right now
    /// @param lastPullMillis server time; 0 for none
    /// @param nextPullMillis server time; 0 for none
    /// @param lastFailure empty where the last pull went well
    /// @param pendingRevision of a version that came and is not in use; empty for none
    /// @param refusals why it is not in use; empty where it was only looked at
    record PullStatus(
            String source,
            boolean isHeld,
            boolean isBusy,
            List<VersionRow> versions,
            long lastPullMillis,
            long nextPullMillis,
            String lastFailure,
            long lastFailureMillis,
            int failures,
            String pendingRevision,
            long pendingMillis,
            List<RefusalRow> refusals) {}

    record VersionRow(int number, long fetchedMillis, String revision, String from, boolean isInUse) {}

    record RefusalRow(String guard, String text) {}

    /// @param text one line
    /// @param effect empty where no version came, or one that cannot be loaded
    /// @param notes warnings, and what needs a restart
    record PullOutcome(
            boolean isDone, String text, List<EffectRows> effect, List<RefusalRow> refusals, List<String> notes) {}

    /// What changes. The lists are whole; what is shown of them is bounded.
    record EffectRows(
            List<String> addedVirtualMtas,
            List<String> removedVirtualMtas,
            List<String> addedPools,
            List<String> removedPools,
            List<String> settings) {}
}
