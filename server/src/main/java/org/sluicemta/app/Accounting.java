package org.sluicemta.app;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.sluicemta.account.AccountException;
import org.sluicemta.account.AccountFile;
import org.sluicemta.account.AccountReader;
import org.sluicemta.account.RowType;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Delay;
import org.sluicemta.config.Directives;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.world.Loop;
import org.sluicemta.world.World;

/// The accounting files of a configuration, each with its reader of the event stream.
///
/// Owner: made and opened on the spool's housekeeping lane; the readers have a lane of their own together.
final class Accounting {
    private final World world;
    private final ServerPlan plan;
    private final List<AccountReader> readers = new ArrayList<>();

    Accounting(World world, ServerPlan plan) {
        this.world = world;
        this.plan = plan;
    }

    /// On the spool's home loop, between its opening and its start.
    void open(JournalSpool spool, Consumer<String> failed, Runnable done) {
        List<Configuration.AcctFile> files = plan.snapshot().configuration().acctFiles();
        if (!files.isEmpty()) {
            Loop lane = world.lane("accounting");
            for (Configuration.AcctFile file : files) {
                try {
                    readers.add(new AccountReader(settings(file, plan.zone()), spool, world.disk(), lane));
                } catch (AccountException e) {
                    failed.accept("acct-file " + file.path() + ": " + e.getMessage());
                    return;
                }
            }
        }
        done.run();
    }

    private static AccountFile settings(Configuration.AcctFile file, ZoneId zone) {
        Set<RowType> records = EnumSet.noneOf(RowType.class);
        for (String word : file.setting(Directives.RECORDS).value()) {
            for (RowType type : RowType.values()) {
                if (type.code().equals(word)) {
                    records.add(type);
                }
            }
        }
        if (records.isEmpty()) {
            throw new AccountException("records names none of the rows that are written so far; write d, b, t or tq");
        }
        Duration deleteAfter =
                switch (file.setting(Directives.DELETE_AFTER).value()) {
                    case Delay.Never _ -> Duration.ZERO;
                    case Delay.After after -> after.time();
                };
        return new AccountFile(
                Path.of(file.path()),
                records,
                Map.of(),
                Math.max(
                        AccountFile.LEAST_MAX_SIZE_BYTES,
                        file.setting(Directives.MAX_SIZE).value()),
                null,
                deleteAfter,
                false,
                false,
                zone);
    }

    /// Rows of everything recorded so far are written and synced, then `done` runs.
    void close(Runnable done) {
        close(0, done);
    }

    private void close(int next, Runnable done) {
        if (next == readers.size()) {
            done.run();
        } else {
            readers.get(next).stop(() -> close(next + 1, done));
        }
    }
}
