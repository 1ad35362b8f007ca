package org.sluicemta.app;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The process as operators' commands see it: its log file, and the files that it was configured from.
final class ProcessHost implements ServerUpkeep.Host {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessHost.class);

    private final ConfigurationLoading loading;
    private final @Nullable LogFile log;
    private final AtomicBoolean isTesting = new AtomicBoolean();

    /// @param log null where it goes to standard error
    ProcessHost(ConfigurationLoading loading, @Nullable LogFile log) {
        this.loading = loading;
        this.log = log;
    }

    @Override
    public void rotateLog(Consumer<String> answer) {
        if (log == null) {
            answer.accept("the log goes to standard error; write log-file into the configuration to have one");
            return;
        }
        log.rotate();
        LOG.info("the log was rotated by command");
        answer.accept("");
    }

    /// One at a time: it reads files, and may fetch what they include.
    @Override
    public void test(Consumer<ServerPlan.Reloading> answer) {
        if (!isTesting.compareAndSet(false, true)) {
            answer.accept(new ServerPlan.Reloading(
                    null, "the configuration is being tested already; ask again later", java.util.List.of()));
            return;
        }
        Thread.ofVirtual().name("test config").start(() -> {
            ServerPlan.Reloading tested;
            try {
                tested = loading.test();
            } finally {
                isTesting.set(false);
            }
            answer.accept(tested);
        });
    }
}
