package org.sluicemta.receive;

import java.time.Duration;
import java.util.Optional;
import org.sluicemta.settings.Setting;

/// What the configuration says of one client: its `<source>` blocks merged from the widest to the most specific.
///
/// @param smtpService false refuses the connection
/// @param alwaysAllowRelaying whether it may send to any domain; default no
/// @param defaultVirtualMta a virtual MTA or pool, or empty for `{default}`
/// @param patterns rules that choose a virtual MTA and a priority where the message does not name the one itself
/// @param rejectInvalidVirtualMta refuse at reception a message that names an unknown virtual MTA, else it bounces
/// @param maxMessageSizeBytes 0 for no bound
/// @param maxRcptPerMessage 0 for no bound
/// @param hideMessageSource leave the client out of Received
/// @param bcc gets a copy of every message; empty for nobody
/// @param suppressLocalDsn this server makes no report about the mail
/// @param quotesWhole a report quotes the whole message where RET was not given; empty for the system's default
public record SourcePolicy(
        Setting<Boolean> smtpService,
        Setting<Boolean> alwaysAllowRelaying,
        Setting<String> defaultVirtualMta,
        Setting<PatternList> patterns,
        Setting<Boolean> processXVirtualMta,
        Setting<Boolean> retainXVirtualMta,
        Setting<Boolean> allowEmptyXVirtualMta,
        Setting<Boolean> rejectInvalidVirtualMta,
        Setting<Boolean> processXJob,
        Setting<Boolean> retainXJob,
        Setting<Boolean> processXEnvid,
        Setting<Boolean> addReceivedHeader,
        Setting<Boolean> addDateHeader,
        Setting<Boolean> addMessageIdHeader,
        Setting<Boolean> hideMessageSource,
        HeaderPolicy header,
        Setting<String> bcc,
        Setting<Boolean> suppressLocalDsn,
        Setting<Optional<Boolean>> quotesWhole,
        Setting<Long> maxMessageSizeBytes,
        Setting<Integer> maxRcptPerMessage,
        Setting<Integer> maxMessageHops,
        Setting<Boolean> allowStarttls,
        Setting<Boolean> allowChunking,
        Setting<Boolean> allowSmtpUtf8,
        Setting<Duration> commandTimeout,
        Setting<Duration> dataTimeout,
        LoginPolicy login) {}
