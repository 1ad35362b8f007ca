package org.sluicemta.account;

import java.time.Duration;
import java.util.List;

/// One program that gets accounting rows at its standard input, as it is configured.
///
/// @param name as it is written, with its bar: the pipe's name for life
/// @param command the program and its arguments
/// @param retryInterval how long after its end it is started again, 1 s or more
/// @param writeTimeout a program that takes nothing for so long is ended, 1 s or more
public record AccountPipe(
        String name, List<String> command, RowPlan rows, Duration retryInterval, Duration writeTimeout) {
    public static final Duration DEFAULT_RETRY_INTERVAL = Duration.ofMinutes(5);
    public static final Duration DEFAULT_WRITE_TIMEOUT = Duration.ofMinutes(1);

    public AccountPipe {
        command = List.copyOf(command);
        if (command.isEmpty()) {
            throw new AccountException("acct-file " + name + " names no program; write e.g. \"|/usr/bin/program\"");
        }
        if (retryInterval.toSeconds() < 1) {
            throw new AccountException("retry-interval has " + retryInterval + "; write 1s or more");
        }
        if (writeTimeout.toSeconds() < 1) {
            throw new AccountException("write-timeout has " + writeTimeout + "; write 1s or more");
        }
    }
}
