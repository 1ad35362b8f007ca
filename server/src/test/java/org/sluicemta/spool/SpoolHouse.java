package org.sluicemta.spool;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sluicemta.account.AccountFile;
import org.sluicemta.account.AccountPipe;
import org.sluicemta.account.AccountPolicies;
import org.sluicemta.account.AccountReader;
import org.sluicemta.account.PipeReader;
import org.sluicemta.account.Rotation;
import org.sluicemta.account.RowPlan;
import org.sluicemta.account.RowType;
import org.sluicemta.journal.JournalSettings;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// A machine with a spool, a table of live recipients and one accounting file, to be started and crashed.
public final class SpoolHouse {
    public static final Path LOG = Path.of("/log/acct.csv");
    private static final long MIB = 1 << 20;

    final SimulatedUniverse universe;
    final SimulatedHost host;
    final List<Path> folders;
    private SpoolSettings settings;
    private AccountPolicies policies = AccountPolicies.NONE;
    private @Nullable AccountPipe pipe;
    private @Nullable PipeReader pipeReader;
    private AccountFile file = new AccountFile(
            LOG,
            RowPlan.of(EnumSet.allOf(RowType.class), Map.of(), ZoneId.of("UTC")),
            Rotation.of(null, Duration.ZERO, Rotation.LEAST_MAX_SIZE_BYTES));

    @Nullable
    SimulatedWorld world;

    @Nullable
    JournalSpool spool;

    @Nullable
    LiveTable live;

    @Nullable
    AccountReader reader;

    @Nullable
    IoFailure failure;

    public SpoolHouse(long seed, int folderCount) {
        this(seed, folderCount, 3_000);
    }

    SpoolHouse(long seed, int folderCount, long checkpointAfterEventBytes) {
        this(seed, folderCount, checkpointAfterEventBytes, 1_000_000);
    }

    SpoolHouse(long seed, int folderCount, long checkpointAfterEventBytes, long checkpointAfterRecipients) {
        universe = SimulatedUniverse.seeded(seed);
        host = universe.host("server");
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < folderCount; i++) {
            paths.add(Path.of("/spool" + i));
        }
        folders = paths;
        host.disk().makeFolders(Path.of("/log"));
        // Tiny, so that a short history meets many segments, checkpoints and copies.
        var journal = new JournalSettings(
                64 * 1024,
                64 * 1024,
                16 * 1024,
                32 * 1024,
                Duration.ofMillis(5),
                1_000,
                Duration.ofSeconds(10),
                0,
                1,
                Duration.ZERO,
                0.5,
                20 * MIB,
                64 * 1024);
        settings = new SpoolSettings(
                paths, journal, 256 * MIB, 1_000, 1_000, checkpointAfterEventBytes, checkpointAfterRecipients);
    }

    SpoolSettings settings() {
        return settings;
    }

    /// Another budget for reading, for the next boot.
    void reading(long bytes) {
        settings = settings.withReading(bytes);
    }

    /// Takes over changes of [#folders] for the next boot.
    void refolder() {
        settings = new SpoolSettings(
                folders,
                settings.journal(),
                settings.readingBytes(),
                settings.maxRecipients(),
                settings.waitingPerLoop(),
                settings.checkpointAfterEventBytes(),
                settings.checkpointAfterRecipients());
    }

    /// A pipe besides the file, from the next start on.
    public void pipe(AccountPipe accountPipe) {
        pipe = accountPipe;
    }

    public PipeReader pipeReader() {
        return Objects.requireNonNull(pipeReader);
    }

    /// What accounting asks from the next start on.
    public void policies(AccountPolicies next) {
        policies = next;
    }

    public void account(AccountFile accountFile) {
        file = accountFile;
    }

    public SimulatedWorld world() {
        return Objects.requireNonNull(world);
    }

    public JournalSpool spool() {
        return Objects.requireNonNull(spool);
    }

    LiveTable live() {
        return Objects.requireNonNull(live);
    }

    public AccountReader reader() {
        return Objects.requireNonNull(reader);
    }

    public SimulatedUniverse universe() {
        return universe;
    }

    public SimulatedHost host() {
        return host;
    }

    /// Starts a process; returns when the spool is open and started.
    public void boot() {
        open();
        if (failure != null) {
            throw new AssertionError("the spool did not open: " + failure);
        }
    }

    /// Starts a process; [#failure] tells what stopped it.
    void open() {
        SimulatedWorld booted = host.boot();
        world = booted;
        spool = null;
        failure = null;
        Loop home = booted.lane("spool");
        var table = new LiveTable(booted.loops());
        live = table;
        JournalSpool.open(booted, home, settings, table, table, new Answer<>() {
            @Override
            public void ready(JournalSpool opened) {
                table.use(opened);
                reader = new AccountReader(file, policies, opened, booted.disk(), booted.lane("account"));
                AccountPipe wanted = pipe;
                if (wanted != null) {
                    pipeReader = new PipeReader(wanted, policies, opened, booted.children(), booted.lane("pipe"));
                }
                opened.start();
                spool = opened;
            }

            @Override
            public void failed(IoFailure why) {
                failure = why;
            }
        });
        universe.runUntil(() -> spool != null || failure != null, Duration.ofMinutes(1));
    }

    /// Stops in order.
    public void close() {
        boolean[] isClosed = {false};
        reader().stop(() -> spool().close(new Answer<>() {
            @Override
            public void ready(org.sluicemta.world.Disk.Done done) {
                isClosed[0] = true;
            }

            @Override
            public void failed(IoFailure why) {
                throw new AssertionError(why);
            }
        }));
        universe.runUntil(() -> isClosed[0], Duration.ofMinutes(1));
        world().kill();
    }

    public Loop loop(int number) {
        return world().loops().get(number);
    }

    /// Runs `task` on a mail loop, and until it has run.
    public void on(int loop, Runnable task) {
        boolean[] hasRun = {false};
        loop(loop).post(() -> {
            task.run();
            hasRun[0] = true;
        });
        universe.runUntil(() -> hasRun[0], Duration.ofSeconds(10));
    }

    public static AcceptedMessage message(MessageId id, long nowMillis, List<QueueKey> queues, long sizeBytes) {
        List<AcceptedRecipient> recipients = new ArrayList<>();
        for (int i = 0; i < queues.size(); i++) {
            recipients.add(new AcceptedRecipient(address(id, i), queues.get(i), "", "job", "", "", 0, 50, 0));
        }
        return new AcceptedMessage(
                id,
                nowMillis,
                "news@example.com",
                "smtp",
                "feeder.example.com (192.0.2.10)",
                false,
                "",
                new ContentShape(sizeBytes, 10, false, 78, new long[0], false, new byte[0]),
                List.of("Subject: hello"),
                recipients);
    }

    public static String address(MessageId id, int index) {
        return id + "-" + index + "@example.net";
    }

    /// An event whose diagnostic names the attempt, so that rows can be told apart.
    public static RecipientEvent event(
            RecipientEvent.What what,
            MessageId id,
            int index,
            int attempt,
            long atMillis,
            long dueMillis,
            QueueKey queue,
            boolean isReportOwed) {
        String status =
                switch (what) {
                    case DELIVERED -> "2.0.0";
                    case BOUNCED -> "5.1.1";
                    case DEFERRED -> "4.2.2";
                };
        return new RecipientEvent(
                what,
                id,
                index,
                attempt,
                atMillis,
                dueMillis,
                atMillis - 1000,
                queue,
                queue.virtualMta(),
                "",
                "news@example.com",
                address(id, index),
                "",
                "job",
                "",
                "smtp",
                "feeder.example.com (192.0.2.10)",
                status,
                "smtp;" + status.charAt(0) + "50 attempt " + attempt,
                "mx.example.net (198.51.100.7)",
                "smtp",
                "203.0.113.5",
                "198.51.100.7",
                "PIPELINING,8BITMIME",
                what == RecipientEvent.What.DELIVERED ? 100 : 0,
                isReportOwed,
                List.of());
    }
}
