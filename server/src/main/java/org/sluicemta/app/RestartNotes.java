package org.sluicemta.app;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.sluicemta.account.AccountException;
import org.sluicemta.config.AcctPlans;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directive;
import org.sluicemta.config.Directives;
import org.sluicemta.config.Snapshot;

/// What a reload cannot bring into effect. Values are compared, not the lines that set them: a line that moved, a
/// comment, another order of listeners change nothing.
final class RestartNotes {
    private RestartNotes() {}

    /// @param started the configuration with which the server was started: what an earlier reload could not change
    ///     still waits for the next start
    /// @return one sentence for each directive, none when all is in effect
    static List<String> of(Snapshot started, Snapshot now) {
        Configuration before = started.configuration();
        Configuration after = now.configuration();
        List<String> notes = new ArrayList<>();
        note("smtp-listener", new HashSet<>(before.listeners()), new HashSet<>(after.listeners()), notes);
        note("spool", before.spools(), after.spools(), notes);
        note("acct-file", acctFiles(before), acctFiles(after), notes);
        compare(Directives.NAME_SERVER, before, after, notes);
        compare(Directives.CONTENT_MEMORY, before, after, notes);
        compare(Directives.QUEUE_MEMORY, before, after, notes);
        compare(Directives.LOG_FILE, before, after, notes);
        compare(Directives.LOG_ROTATE, before, after, notes);
        compare(Directives.LOG_AUTO_ROTATION, before, after, notes);
        compare(Directives.LOG_FILE_WORLD_READABLE, before, after, notes);
        note("http-mgmt-port", started.web().port(), now.web().port(), notes);
        compare(Directives.HTTP_MGMT_ADDRESS, before, after, notes);
        if (!started.hostName().equals(now.hostName())) {
            notes.add("host-name changed: mail coming in is greeted with it now; what greets other hosts without a "
                    + "name of its virtual MTA has it at the next start");
        }
        return List.copyOf(notes);
    }

    /// What an accounting file is opened with, by its path; the text of why it cannot be, where it cannot.
    private static Map<String, Object> acctFiles(Configuration configuration) {
        Map<String, Object> files = new HashMap<>();
        for (Configuration.AcctFile each : configuration.acctFiles()) {
            try {
                files.put(
                        each.path(),
                        AcctPlans.isPipe(each)
                                ? AcctPlans.pipe(each, ZoneOffset.UTC)
                                : AcctPlans.file(each, ZoneOffset.UTC));
            } catch (AccountException cannotBe) {
                files.put(each.path(), String.valueOf(cannotBe.getMessage()));
            }
        }
        return files;
    }

    private static <T> void compare(
            Directive<T> directive, Configuration before, Configuration after, List<String> notes) {
        note(
                directive.name(),
                before.global(directive).value(),
                after.global(directive).value(),
                notes);
    }

    private static void note(String name, Object before, Object after, List<String> notes) {
        if (!before.equals(after)) {
            notes.add(name + " changed: takes effect at the next start");
        }
    }
}
