package org.sluicemta.app;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.sluicemta.account.AccountException;
import org.sluicemta.account.AccountPolicies;
import org.sluicemta.account.AccountReader;
import org.sluicemta.account.BounceCategories;
import org.sluicemta.account.PipeReader;
import org.sluicemta.account.RowType;
import org.sluicemta.config.AcctPlans;
import org.sluicemta.config.Configuration;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.JournalSpool;
import org.sluicemta.world.Loop;
import org.sluicemta.world.World;

/// The accounting files of a configuration, each with its reader of the event stream.
///
/// Owner: made and opened on the spool's housekeeping lane; the readers have a lane of their own together.
final class Accounting implements AccountPolicies {
    private final World world;
    private final ServerPlan plan;
    private final List<AccountReader> readers = new ArrayList<>();
    private final List<PipeReader> pipes = new ArrayList<>();
    private volatile AccountPolicies policies;

    Accounting(World world, ServerPlan plan) {
        this.world = world;
        this.plan = plan;
        this.policies = plan.snapshot().accounting();
    }

    /// Categories and silenced queues of another configuration hold from the next row on; the programs of pipes are
    /// started again. On the first mail loop.
    void adopt(AccountPolicies next) {
        policies = next;
        pipes.forEach(PipeReader::restart);
    }

    @Override
    public BounceCategories categories() {
        return policies.categories();
    }

    @Override
    public boolean isDisabled(QueueKey queue, RowType type) {
        return policies.isDisabled(queue, type);
    }

    /// On the spool's home loop, between its opening and its start.
    void open(JournalSpool spool, Consumer<String> failed, Runnable done) {
        List<Configuration.AcctFile> files = plan.snapshot().configuration().acctFiles();
        if (!files.isEmpty()) {
            Loop lane = world.lane("accounting");
            for (Configuration.AcctFile file : files) {
                try {
                    if (AcctPlans.isPipe(file)) {
                        pipes.add(
                                new PipeReader(AcctPlans.pipe(file, plan.zone()), this, spool, world.children(), lane));
                        continue;
                    }
                    readers.add(new AccountReader(AcctPlans.file(file, plan.zone()), this, spool, world.disk(), lane));
                } catch (AccountException e) {
                    failed.accept("acct-file " + file.path() + ": " + e.getMessage());
                    return;
                }
            }
        }
        done.run();
    }

    /// Finishes the present files, or one of them.
    ///
    /// @param file as it is configured, or the last part of it; empty for all
    /// @param answer why not, or empty; on any thread
    void rotate(String file, Consumer<String> answer) {
        List<AccountReader> meant = readers.stream()
                .filter(each -> file.isEmpty()
                        || each.path().toString().equals(file)
                        || String.valueOf(each.path().getFileName()).equals(file))
                .toList();
        if (meant.isEmpty()) {
            answer.accept(
                    readers.isEmpty()
                            ? "no acct-file is configured that is written here"
                            : "no acct-file is " + file + "; there are: "
                                    + String.join(
                                            ", ",
                                            readers.stream()
                                                    .map(each -> each.path().toString())
                                                    .toList()));
            return;
        }
        rotate(meant, 0, "", answer);
    }

    /// One after the other; all are tried.
    private static void rotate(List<AccountReader> meant, int next, String failed, Consumer<String> answer) {
        if (next == meant.size()) {
            answer.accept(failed);
            return;
        }
        AccountReader reader = meant.get(next);
        reader.rotate(isDone -> rotate(
                meant,
                next + 1,
                isDone ? failed : "acct-file " + reader.path() + " cannot be written for the moment; the log says why",
                answer));
    }

    /// Rows of everything recorded so far are written and synced, pipes have ended, then `done` runs.
    void close(Runnable done) {
        List<Consumer<Runnable>> steps = new ArrayList<>();
        readers.forEach(each -> steps.add(each::stop));
        pipes.forEach(each -> steps.add(each::stop));
        close(steps, 0, done);
    }

    private static void close(List<Consumer<Runnable>> steps, int next, Runnable done) {
        if (next == steps.size()) {
            done.run();
        } else {
            steps.get(next).accept(() -> close(steps, next + 1, done));
        }
    }
}
