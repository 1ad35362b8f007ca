package org.sluicemta.config;

import static org.sluicemta.config.Directive.Level.ACCT_FILE;
import static org.sluicemta.config.Directive.Level.QUEUE;
import static org.sluicemta.config.Directive.Level.SERVER;
import static org.sluicemta.config.Directive.Level.SOURCE;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sluicemta.account.AccountPipe;
import org.sluicemta.account.PrivacyPolicy;
import org.sluicemta.account.QueueFilter;
import org.sluicemta.account.Rotation;

/// The typed keys of the directives that have an effect. A test holds them against the catalogue: names, scopes,
/// types and defaults agree.
public final class Directives {
    /// How mail of a queue is delivered.
    public enum DeliveryType {
        SMTP,
        DISCARD,
        PIPE,
        FILE,
        HTTP_DELIVERY
    }

    /// How clients prove who they are.
    public enum AuthType {
        PASSWORD,
        PLAIN,
        LOGIN,
        CRAM_MD5,
        NONE
    }

    /// How a delivered file looks.
    public enum FileFormat {
        NEWFILE_PLAIN,
        NEWFILE_PICKUP,
        APPEND_MBOX
    }

    /// Whether a Date header is added.
    public enum DateHeader {
        NO,
        YES,
        OVERRIDE
    }

    /// Which is stronger when blocks overlap: where a block stands, or how precisely it names the domain.
    public enum Inheritance {
        SCOPE_FIRST,
        PATTERN_FIRST
    }

    /// How a user who logs in proves who it is.
    public enum AuthenticationMethod {
        PASSWORD,
        SYSTEM,
        CERTIFICATE
    }

    /// What happens to mail of a virtual MTA that is no longer configured.
    public enum RemovedVirtualMta {
        HOLD,
        BOUNCE
    }

    /// How the permits of a rate are spread. `BY_UNIT`: window for days, smooth for shorter units.
    public enum RatePacing {
        BY_UNIT,
        SMOOTH,
        WINDOW
    }

    /// How much of a message a report quotes where RET was not given.
    public enum QuotedDefault {
        HEADERS,
        FULL,
        SYSTEM
    }

    /// Whether a report has a part for programs.
    public enum DsnFormat {
        STANDARD,
        PLAIN_TEXT
    }

    /// Whether mail is signed with DKIM.
    public enum DkimSign {
        NO,
        YES,
        IF_X_DKIM_OPTIONS_PRESENT
    }

    /// The directives of one of the two signatures.
    record Dkim(
            Directive<String> identity,
            Directive<String> identityFallback,
            Directive<List<String>> headers,
            Directive<List<String>> disallowAddingHeaders,
            Directive<String> headersCanon,
            Directive<String> bodyCanon,
            Directive<Boolean> addTimestamp,
            Directive<Delay> expireAfter,
            Directive<String> queryMethod) {}

    /// The value of [#DEFAULT_VIRTUAL_MTA] that picks the virtual MTA which owns the address connected to.
    public static final String BY_SMTP_SOURCE_IP = "by-smtp-source-ip";

    /// The suites of TLS 1.2 and older where no file says which: an OpenSSL cipher string.
    private static final String CIPHERS = "HIGH:!ADH:@STRENGTH";

    private static final List<Directive<?>> ALL = new ArrayList<>();

    private static final Set<BlockKind> GLOBAL = EnumSet.of(BlockKind.GLOBAL);
    private static final Set<BlockKind> IN_SOURCE = EnumSet.of(BlockKind.SOURCE);
    private static final Set<BlockKind> IN_DOMAIN = EnumSet.of(BlockKind.DOMAIN);
    private static final Set<BlockKind> VMTA = EnumSet.of(BlockKind.VIRTUAL_MTA);
    private static final Set<BlockKind> VMTA_OR_POOL = EnumSet.of(BlockKind.VIRTUAL_MTA, BlockKind.POOL);
    private static final Set<BlockKind> VMTA_OR_GLOBAL = EnumSet.of(BlockKind.VIRTUAL_MTA, BlockKind.GLOBAL);
    private static final Set<BlockKind> IN_SMTP_USER = EnumSet.of(BlockKind.SMTP_USER);
    private static final Set<BlockKind> IN_LISTENER = EnumSet.of(BlockKind.SMTP_LISTENER);
    private static final Set<BlockKind> IN_ACCT_FILE = EnumSet.of(BlockKind.ACCT_FILE);

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);

    // ---- the server

    public static final Directive<List<Listener>> SMTP_LISTENER =
            add(n -> Directive.repeated("smtp-listener", SERVER, GLOBAL, ValueType.LISTENER, n));
    /// Old; used only without any `smtp-listener`.
    public static final Directive<List<InetAddress>> SMTP_IP =
            add(n -> Directive.repeated("smtp-ip", SERVER, GLOBAL, ValueType.ADDRESS, n));
    /// Old; used only without any `smtp-listener`.
    public static final Directive<Integer> SMTP_PORT = server("smtp-port", ValueType.PORT, 25);
    /// The first is the name to greet with; all are domains of our own.
    public static final Directive<List<String>> HOST_NAME =
            add(n -> Directive.repeated("host-name", SERVER, GLOBAL, ValueType.NAME, n));
    public static final Directive<List<String>> POSTMASTER =
            add(n -> Directive.repeated("postmaster", SERVER, GLOBAL, ValueType.MAILBOX, n));
    /// Empty: nothing is picked up.
    public static final Directive<Optional<PickupLine>> PICKUP =
            add(n -> Directive.turned("pickup", SERVER, GLOBAL, ValueType.PICKUP, Optional.empty(), Optional::of, n));
    public static final Directive<Boolean> PICKUP_REMOVE_DOT = server("pickup-remove-dot", ValueType.BOOL, false);
    public static final Directive<List<Alias>> ALIAS = add(n ->
            Directive.repeated("alias", SERVER, EnumSet.of(BlockKind.GLOBAL, BlockKind.ALIASES), ValueType.ALIAS, n));
    /// The line form of spools; see [Configuration#spools()] for all of them.
    public static final Directive<List<String>> SPOOL =
            add(n -> Directive.repeated("spool", SERVER, GLOBAL, ValueType.PATH, n));
    public static final Directive<Long> TOTAL_MAX_SMTP_OUT = server("total-max-smtp-out", ValueType.CAP, 1200L);
    public static final Directive<Long> TOTAL_MAX_SMTP_IN = server("total-max-smtp-in", ValueType.CAP, 100L);
    /// Empty: the resolvers of the operating system.
    public static final Directive<List<Endpoint>> NAME_SERVER =
            add(n -> Directive.repeated("name-server", SERVER, GLOBAL, ValueType.NAME_SERVER, n));
    /// Ours: monitors of old are shown an element that they insist on.
    public static final Directive<Boolean> STATUS_GM_IMPRINTER = server("status-gm-imprinter", ValueType.BOOL, false);
    /// Ours: mail hosts on loopback are spoken to.
    public static final Directive<Boolean> MX_TO_LOOPBACK = server("mx-to-loopback", ValueType.BOOL, false);
    /// The empty path: none.
    public static final Directive<FileAndPassword> SMTP_SERVER_TLS_CERTIFICATE =
            server("smtp-server-tls-certificate", ValueType.FILE_AND_PASSWORD, new FileAndPassword("", ""));
    /// Empty: the key is in the certificate's file.
    public static final Directive<String> SMTP_SERVER_TLS_PRIVATE_KEY =
            server("smtp-server-tls-private-key", ValueType.PATH, "");
    public static final Directive<Boolean> SMTP_SERVER_TLS_ALLOW_TLSV1 =
            server("smtp-server-tls-allow-tlsv1", ValueType.BOOL, false);
    public static final Directive<Boolean> SMTP_SERVER_TLS_ALLOW_TLSV1_1 =
            server("smtp-server-tls-allow-tlsv1.1", ValueType.BOOL, false);
    public static final Directive<Boolean> SMTP_SERVER_TLS_ALLOW_TLSV1_2 =
            server("smtp-server-tls-allow-tlsv1.2", ValueType.BOOL, true);
    public static final Directive<Boolean> SMTP_SERVER_TLS_ALLOW_TLSV1_3 =
            server("smtp-server-tls-allow-tlsv1.3", ValueType.BOOL, true);
    public static final Directive<String> SMTP_SERVER_TLS_CIPHERS =
            server("smtp-server-tls-ciphers", ValueType.TEXT, CIPHERS);
    /// Empty: clients are not asked for certificates.
    public static final Directive<String> SMTP_SERVER_TLS_CA_FILE =
            server("smtp-server-tls-ca-file", ValueType.PATH, "");
    /// The default of [#ALLOW_STARTTLS]; already applied there.
    public static final Directive<Boolean> SMTP_SERVER_TLS_ENABLE =
            server("smtp-server-tls-enable", ValueType.BOOL, false);
    /// As written; [Configuration#relayDomains()] answers for a domain.
    public static final Directive<List<String>> RELAY_DOMAIN =
            add(n -> Directive.repeated("relay-domain", SERVER, GLOBAL, ValueType.DOMAINS, n));
    /// The line form of accounting files; see [Configuration#acctFiles()] for all of them.
    public static final Directive<List<String>> ACCT_FILE_LINE =
            add(n -> Directive.repeated("acct-file", SERVER, GLOBAL, ValueType.PATH, n));
    /// Ours: where the configuration is pulled from.
    public static final Directive<Optional<ConfigSource>> CONFIG_SOURCE = add(n -> Directive.turned(
            "config-source", SERVER, GLOBAL, ValueType.CONFIG_SOURCE, Optional.empty(), Optional::of, n));
    /// Empty: the log goes to standard error.
    public static final Directive<String> LOG_FILE = server("log-file", ValueType.PATH, "");
    /// Files in all, the present one among them; 0 for no renaming.
    public static final Directive<Long> LOG_ROTATE = server("log-rotate", ValueType.range(0, 10_000), 8L);
    public static final Directive<Boolean> LOG_AUTO_ROTATION = server("log-auto-rotation", ValueType.BOOL, true);
    public static final Directive<Boolean> LOG_FILE_WORLD_READABLE =
            server("log-file-world-readable", ValueType.BOOL, false);
    /// Content of the field From of reports; empty: a name and the server's postmaster.
    public static final Directive<String> CUSTOM_DSN_FROM_HEADER = server("custom-dsn-from-header", ValueType.TEXT, "");
    /// Ours: bytes outside the heap for messages on their way in and at hand; 0 for what suits the machine.
    public static final Directive<Long> CONTENT_MEMORY = server("content-memory", ValueType.MEMORY, 0L);
    /// Ours: bytes outside the heap for waiting recipients; 0 for what suits the machine.
    public static final Directive<Long> QUEUE_MEMORY = server("queue-memory", ValueType.MEMORY, 0L);
    /// Ours: 250 is said before the mail is on disk.
    public static final Directive<Boolean> UNSYNCED_ACCEPTANCE = server("unsynced-acceptance", ValueType.BOOL, false);
    /// Ours: reports about failed and delayed mail.
    public static final Directive<Rate> MAX_DSN_RATE =
            server("max-dsn-rate", ValueType.RATE, new Rate.Limited(100, 1, Rate.Unit.SECOND));

    // ---- management by HTTP

    public static final Directive<Integer> HTTP_MGMT_PORT = server("http-mgmt-port", ValueType.PORT, 8080);
    /// Ours. Empty: all addresses.
    public static final Directive<Optional<InetAddress>> HTTP_MGMT_ADDRESS = add(n -> Directive.turned(
            "http-mgmt-address", SERVER, GLOBAL, ValueType.ADDRESS, Optional.empty(), Optional::of, n));
    public static final Directive<Boolean> HTTP_REDIRECT_TO_HTTPS =
            server("http-redirect-to-https", ValueType.BOOL, true);
    /// In the order of the file.
    public static final Directive<List<HttpAccess>> HTTP_ACCESS =
            add(n -> Directive.repeated("http-access", SERVER, GLOBAL, ValueType.HTTP_ACCESS, n));
    /// Old spelling.
    public static final Directive<List<Cidr>> HTTP_MGMT_SOURCE =
            add(n -> Directive.repeated("http-mgmt-source", SERVER, GLOBAL, ValueType.CIDR, n));
    /// Old spelling.
    public static final Directive<List<Cidr>> NO_HTTP_MGMT_SOURCE =
            add(n -> Directive.repeated("no-http-mgmt-source", SERVER, GLOBAL, ValueType.CIDR, n));
    public static final Directive<List<Secret>> HTTP_API_KEY =
            add(n -> Directive.repeated("http-api-key", SERVER, GLOBAL, ValueType.API_KEY, n));
    /// Empty: nobody has to log in.
    public static final Directive<Secret> HTTP_MGMT_PASSWORD = add(
            n -> Directive.turned("http-mgmt-password", SERVER, GLOBAL, ValueType.TEXT, Secret.NONE, Secret::new, n));
    public static final Directive<Boolean> HTTP_CSRF_PROTECTION = server("http-csrf-protection", ValueType.BOOL, true);
    /// Seconds; 0 for no such header.
    public static final Directive<Long> HTTP_STRICT_TRANSPORT_SECURITY_MAX_AGE =
            server("http-strict-transport-security-max-age", ValueType.range(0, 1_000_000_000), 0L);
    /// Ours.
    public static final Directive<List<String>> HTTP_HOST =
            add(n -> Directive.repeated("http-host", SERVER, GLOBAL, ValueType.NAME, n));
    /// Ours. The empty path: one is made.
    public static final Directive<FileAndPassword> HTTP_TLS_CERTIFICATE =
            server("http-tls-certificate", ValueType.FILE_AND_PASSWORD, new FileAndPassword("", ""));
    /// Empty: clients are not asked for certificates.
    public static final Directive<String> HTTP_TLS_CA_FILE = server("http-tls-ca-file", ValueType.PATH, "");
    public static final Directive<Boolean> HTTP_TLS_ALLOW_TLSV1 = server("http-tls-allow-tlsv1", ValueType.BOOL, false);
    public static final Directive<Boolean> HTTP_TLS_ALLOW_TLSV1_1 =
            server("http-tls-allow-tlsv1.1", ValueType.BOOL, false);
    public static final Directive<Boolean> HTTP_TLS_ALLOW_TLSV1_2 =
            server("http-tls-allow-tlsv1.2", ValueType.BOOL, true);
    public static final Directive<Boolean> HTTP_TLS_ALLOW_TLSV1_3 =
            server("http-tls-allow-tlsv1.3", ValueType.BOOL, true);
    public static final Directive<Boolean> HTTP_LOG_REQUESTS = server("http-log-requests", ValueType.BOOL, false);
    public static final Directive<Long> HTTP_DEFAULT_MAX_ITEMS =
            server("http-default-max-items", ValueType.range(1, 10_000), 10L);
    public static final Directive<String> HTTP_DEFAULT_SORT_ORDER =
            server("http-default-sort-order", ValueType.choice("rcpt,name,size"), "rcpt");
    /// Ours. Empty: nobody may ask for a pull over HTTP without a log-in.
    public static final Directive<Secret> CONFIG_SOURCE_SECRET = add(
            n -> Directive.turned("config-source-secret", SERVER, GLOBAL, ValueType.TEXT, Secret.NONE, Secret::new, n));

    public static final Directive<Inheritance> INHERITANCE = choice(
            "inheritance",
            SERVER,
            GLOBAL,
            ValueType.choice("scope-first,pattern-first"),
            Inheritance.SCOPE_FIRST,
            Inheritance.class);

    // ---- listeners: where one says nothing, what is global holds

    public static final Directive<Boolean> IMMEDIATE_TLS = listener("immediate-tls", ValueType.BOOL, false);
    public static final Directive<FileAndPassword> TLS_CERTIFICATE =
            listener("tls-certificate", ValueType.FILE_AND_PASSWORD, new FileAndPassword("", ""));
    public static final Directive<Boolean> TLS_ALLOW_TLSV1 = listener("tls-allow-tlsv1", ValueType.BOOL, false);
    public static final Directive<Boolean> TLS_ALLOW_TLSV1_1 = listener("tls-allow-tlsv1.1", ValueType.BOOL, false);
    public static final Directive<Boolean> TLS_ALLOW_TLSV1_2 = listener("tls-allow-tlsv1.2", ValueType.BOOL, true);
    public static final Directive<Boolean> TLS_ALLOW_TLSV1_3 = listener("tls-allow-tlsv1.3", ValueType.BOOL, true);
    public static final Directive<String> TLS_CIPHERS = listener("tls-ciphers", ValueType.TEXT, CIPHERS);
    public static final Directive<String> TLS_CA_FILE = listener("tls-ca-file", ValueType.PATH, "");

    /// Ours: clients come through proxies that say for whom they connect.
    public static final Directive<Boolean> PROXY_PROTOCOL = listener("proxy-protocol", ValueType.BOOL, false);
    /// Ours.
    public static final Directive<List<Cidr>> PROXY_PROTOCOL_SOURCES = add(n ->
            Directive.repeated("proxy-protocol-sources", Directive.Level.LISTENER, IN_LISTENER, ValueType.CIDR, n));

    // ---- sources

    public static final Directive<Boolean> ALWAYS_ALLOW_RELAYING = sourceSwitch("always-allow-relaying", false);
    public static final Directive<Boolean> SMTP_SERVICE = sourceSwitch("smtp-service", true);
    public static final Directive<Boolean> PROCESS_X_VIRTUAL_MTA = sourceSwitch("process-x-virtual-mta", false);
    public static final Directive<Boolean> PROCESS_X_JOB = sourceSwitch("process-x-job", false);
    public static final Directive<Boolean> PROCESS_X_ENVID = sourceSwitch("process-x-envid", false);
    public static final Directive<Boolean> RETAIN_X_VIRTUAL_MTA = sourceSwitch("retain-x-virtual-mta", false);
    public static final Directive<Boolean> RETAIN_X_JOB = sourceSwitch("retain-x-job", false);
    /// In lower case; empty for none; may be [#BY_SMTP_SOURCE_IP].
    public static final Directive<String> DEFAULT_VIRTUAL_MTA = add(n -> Directive.turned(
            "default-virtual-mta", SOURCE, IN_SOURCE, ValueType.NAME, "", Configuration::canonicalName, n));
    /// In lower case; empty for none.
    public static final Directive<String> PATTERN_LIST = add(n ->
            Directive.turned("pattern-list", SOURCE, IN_SOURCE, ValueType.NAME, "", Configuration::canonicalName, n));
    public static final Directive<DateHeader> ADD_DATE_HEADER =
            choice("add-date-header", SOURCE, IN_SOURCE, ValueType.DATE_HEADER, DateHeader.NO, DateHeader.class);
    public static final Directive<Boolean> ADD_MESSAGE_ID_HEADER = sourceSwitch("add-message-id-header", false);
    public static final Directive<Boolean> ADD_RECEIVED_HEADER = sourceSwitch("add-received-header", true);
    public static final Directive<Boolean> HIDE_MESSAGE_SOURCE = sourceSwitch("hide-message-source", false);
    public static final Directive<Boolean> ALLOW_EMPTY_X_VIRTUAL_MTA = sourceSwitch("allow-empty-x-virtual-mta", false);
    /// In lower case.
    public static final Directive<List<String>> SOURCE_REMOVE_HEADER = add(n -> Directive.adding(
            "remove-header", SOURCE, IN_SOURCE, ValueType.HEADER_NAMES, List.of(), Directives::joinedNames, n));
    public static final Directive<Boolean> ADD_X_VIRTUAL_MTA_HEADER = sourceSwitch("add-x-virtual-mta-header", false);
    public static final Directive<Boolean> REMOVE_RECEIVED_HEADERS = sourceSwitch("remove-received-headers", false);
    /// In lower case; empty for none.
    public static final Directive<String> JOBID_HEADER =
            add(n -> Directive.turned("jobid-header", SOURCE, IN_SOURCE, ValueType.NAME, "", Directives::fieldName, n));
    /// Empty for none; may be `{auth}`.
    public static final Directive<String> JOBID_PREFIX =
            add(n -> Directive.single("jobid-prefix", SOURCE, IN_SOURCE, ValueType.TEXT, "", n));
    /// Empty for nobody.
    public static final Directive<String> BCC =
            add(n -> Directive.single("bcc", SOURCE, IN_SOURCE, ValueType.MAILBOX, "", n));
    public static final Directive<Boolean> REJECT_INVALID_VIRTUAL_MTA =
            sourceSwitch("reject-invalid-virtual-mta", true);
    public static final Directive<Boolean> ALLOW_STARTTLS = sourceSwitch("allow-starttls", false);
    /// Bytes.
    public static final Directive<Long> MAX_MESSAGE_SIZE = add(
            n -> Directive.single("max-message-size", SOURCE, IN_SOURCE, ValueType.SIZE_CAP, ValueType.UNLIMITED, n));
    public static final Directive<Long> MAX_RCPT_PER_MESSAGE = add(n ->
            Directive.single("max-rcpt-per-message", SOURCE, IN_SOURCE, ValueType.CAP_OR_ZERO, ValueType.UNLIMITED, n));
    public static final Directive<Duration> SMTP_COMMAND_TIMEOUT = add(n ->
            Directive.single("smtp-command-timeout", SOURCE, IN_SOURCE, ValueType.TIMEOUT, Duration.ofMinutes(10), n));
    public static final Directive<Duration> SMTP_DATA_TIMEOUT = add(n ->
            Directive.single("smtp-data-timeout", SOURCE, IN_SOURCE, ValueType.TIMEOUT, Duration.ofMinutes(10), n));

    public static final Directive<Boolean> SUPPRESS_LOCAL_DSN = sourceSwitch("suppress-local-dsn", false);
    public static final Directive<QuotedDefault> DSN_RETURN_DEFAULT = choice(
            "dsn-return-default",
            SOURCE,
            IN_SOURCE,
            ValueType.choice("headers,full,system"),
            QuotedDefault.SYSTEM,
            QuotedDefault.class);

    // ---- virtual MTAs

    /// Empty: the system chooses the address and the server's name is used.
    public static final Directive<List<SourceHost>> SMTP_SOURCE_HOST = add(n -> Directive.repeated(
            "smtp-source-host", Directive.Level.VIRTUAL_MTA, VMTA_OR_GLOBAL, ValueType.SOURCE_HOST, n));
    /// The name for EHLO where `smtp-source-host` has none. Empty: the server's.
    public static final Directive<String> VMTA_HOST_NAME =
            add(n -> Directive.single("host-name", Directive.Level.VIRTUAL_MTA, VMTA, ValueType.NAME, "", n));
    /// Over all queues of the virtual MTA.
    public static final Directive<Long> VMTA_MAX_SMTP_OUT = add(n -> Directive.single(
            "max-smtp-out", Directive.Level.VIRTUAL_MTA, VMTA_OR_POOL, ValueType.CAP, ValueType.UNLIMITED, n));
    /// Over all queues of the virtual MTA; written `max-smtp-msg-rate` or `max-msg-rate`.
    /// Bytes.
    public static final Directive<Rate> VMTA_MAX_DATA_VOLUME_RATE = add(n -> Directive.single(
            "max-smtp-data-volume-rate",
            Directive.Level.VIRTUAL_MTA,
            VMTA_OR_POOL,
            ValueType.VOLUME_RATE,
            Rate.unlimited(),
            n));
    public static final Directive<Rate> VMTA_MAX_MSG_RATE = add(n -> Directive.single(
            "max-smtp-msg-rate", Directive.Level.VIRTUAL_MTA, VMTA_OR_POOL, ValueType.RATE, Rate.unlimited(), n));

    // ---- queues

    public static final Directive<Long> MAX_SMTP_OUT = queue("max-smtp-out", ValueType.CAP, 20L);
    public static final Directive<Rate> MAX_MSG_RATE = queue("max-msg-rate", ValueType.RATE, Rate.unlimited());
    public static final Directive<Rate> MAX_CONNECT_RATE = queue("max-connect-rate", ValueType.RATE, Rate.unlimited());
    public static final Directive<Long> MAX_MSG_PER_CONNECTION =
            queue("max-msg-per-connection", ValueType.CAP_OR_ZERO, ValueType.UNLIMITED);
    public static final Directive<Long> MAX_RCPT_PER_TRANSACTION =
            queue("max-rcpt-per-transaction", ValueType.CAP_OR_ZERO, 1000L);
    public static final Directive<List<Duration>> RETRY_AFTER =
            queue("retry-after", ValueType.DURATIONS, List.of(Duration.ofMinutes(10)));
    public static final Directive<List<Duration>> RETRY_RECIPIENTS_AFTER =
            queue("retry-recipients-after", ValueType.DURATIONS, List.of(Duration.ofMinutes(10)));
    public static final Directive<Duration> RETRY_AFTER_DNS_ERROR =
            queue("retry-after-dns-error", ValueType.TIMEOUT, MINUTE);
    public static final Directive<Duration> BOUNCE_AFTER =
            queue("bounce-after", ValueType.DURATION, HOUR.multipliedBy(108));
    public static final Directive<Delay> BOUNCE_UPON_NO_MX =
            queue("bounce-upon-no-mx", ValueType.BOOL_OR_DELAY, Delay.Never.NEVER);
    public static final Directive<Boolean> BOUNCE_UPON_5XX_GREETING =
            queue("bounce-upon-5xx-greeting", ValueType.BOOL, true);
    public static final Directive<Duration> CONNECT_TIMEOUT =
            queue("connect-timeout", ValueType.TIMEOUT, MINUTE.multipliedBy(2));
    public static final Directive<Duration> SMTP_GREETING_TIMEOUT =
            queue("smtp-greeting-timeout", ValueType.TIMEOUT, MINUTE.multipliedBy(5));
    public static final Directive<Duration> DATA_SEND_TIMEOUT =
            queue("data-send-timeout", ValueType.TIMEOUT, MINUTE.multipliedBy(3));
    public static final Directive<Duration> SMTP_DATA_TERMINATION_TIMEOUT =
            queue("smtp-data-termination-timeout", ValueType.TIMEOUT, MINUTE.multipliedBy(10));
    /// `route` is the same. Lines add up within one block, a later block of the same domain replaces.
    public static final Directive<HostList> SMTP_HOSTS = add(n ->
            Directive.adding("smtp-hosts", QUEUE, IN_DOMAIN, ValueType.HOSTS, HostList.NONE, Directives::joined, n));
    public static final Directive<Integer> DEFAULT_SMTP_PORT = queue("default-smtp-port", ValueType.PORT, 25);
    public static final Directive<Boolean> USE_STARTTLS = queue("use-starttls", ValueType.BOOL, true);
    public static final Directive<Boolean> REQUIRE_STARTTLS = queue("require-starttls", ValueType.BOOL, false);
    public static final Directive<Boolean> SMTP_TLS_ALLOW_TLSV1 = queue("smtp-tls-allow-tlsv1", ValueType.BOOL, false);
    public static final Directive<Boolean> SMTP_TLS_ALLOW_TLSV1_1 =
            queue("smtp-tls-allow-tlsv1.1", ValueType.BOOL, true);
    public static final Directive<Boolean> SMTP_TLS_ALLOW_TLSV1_2 =
            queue("smtp-tls-allow-tlsv1.2", ValueType.BOOL, true);
    public static final Directive<Boolean> SMTP_TLS_ALLOW_TLSV1_3 =
            queue("smtp-tls-allow-tlsv1.3", ValueType.BOOL, true);
    public static final Directive<String> SMTP_TLS_CIPHERS = queue("smtp-tls-ciphers", ValueType.TEXT, CIPHERS);
    /// Empty: no certificate is verified.
    public static final Directive<String> SMTP_TLS_CA_FILE = queue("smtp-tls-ca-file", ValueType.PATH, "");
    /// The empty path: none.
    public static final Directive<FileAndPassword> SMTP_CLIENT_CERTIFICATE =
            queue("smtp-client-certificate", ValueType.FILE_AND_PASSWORD, new FileAndPassword("", ""));
    /// Empty: no log-in.
    public static final Directive<String> AUTH_USERNAME = queue("auth-username", ValueType.TEXT, "");
    public static final Directive<Secret> AUTH_PASSWORD =
            add(n -> Directive.turned("auth-password", QUEUE, IN_DOMAIN, ValueType.TEXT, Secret.NONE, Secret::new, n));
    public static final Directive<Boolean> USE_UNENCRYPTED_PLAIN_AUTH =
            queue("use-unencrypted-plain-auth", ValueType.BOOL, false);
    public static final Directive<Boolean> DISCARD_AS_BOUNCE = queue("discard-as-bounce", ValueType.BOOL, false);
    /// A folder, in which `$user` and the like stand for parts of the envelope; empty for none.
    public static final Directive<String> FILE_DESTINATION = queue("file-destination", ValueType.PATH, "");
    public static final Directive<FileFormat> FILE_FORMAT = choice(
            "file-format",
            QUEUE,
            IN_DOMAIN,
            ValueType.choice("newfile-plain,newfile-pickup,append-mbox"),
            FileFormat.NEWFILE_PLAIN,
            FileFormat.class);
    public static final Directive<DeliveryType> TYPE =
            choice("type", QUEUE, IN_DOMAIN, ValueType.DELIVERY_TYPE, DeliveryType.SMTP, DeliveryType.class);
    public static final Directive<Long> MX_CONNECTION_ATTEMPTS =
            queue("mx-connection-attempts", ValueType.range(1, 1000), 10L);
    public static final Directive<Duration> CONNECTION_IDLE_TIMEOUT =
            queue("connection-idle-timeout", ValueType.SHORT, Duration.ZERO);
    public static final Directive<Boolean> IGNORE_CHUNKING = queue("ignore-chunking", ValueType.BOOL, false);
    public static final Directive<Boolean> IGNORE_PIPELINING = queue("ignore-pipelining", ValueType.BOOL, false);
    public static final Directive<Boolean> SMTP_421_MEANS_MX_UNAVAILABLE =
            queue("smtp-421-means-mx-unavailable", ValueType.BOOL, false);
    public static final Directive<Boolean> DELIVER_LOCAL_DSN = queue("deliver-local-dsn", ValueType.BOOL, true);
    public static final Directive<List<String>> BACKOFF_NOTIFY =
            queue("backoff-notify", ValueType.MAILBOXES, List.of());
    public static final Directive<List<String>> DISABLED_SOURCE_IP_NOTIFY =
            queue("disabled-source-ip-notify", ValueType.MAILBOXES, List.of());
    public static final Directive<Delay> NOTIFY_OF_DELAY_EVERY =
            queue("notify-of-delay-every", ValueType.DELAY, new Delay.After(HOUR.multipliedBy(4)));
    public static final Directive<DsnFormat> DSN_FORMAT = choice(
            "dsn-format",
            QUEUE,
            IN_DOMAIN,
            ValueType.choice("standard,plain-text"),
            DsnFormat.STANDARD,
            DsnFormat.class);
    /// Ours: also at the top of the file.
    public static final Directive<Duration> PACED_CONNECTION_HOLD = add(n -> Directive.single(
            "paced-connection-hold",
            QUEUE,
            EnumSet.of(BlockKind.GLOBAL, BlockKind.DOMAIN),
            ValueType.SHORT,
            Duration.ofSeconds(15),
            n));

    // ---- pace of queues

    /// Bytes.
    public static final Directive<Rate> MAX_DATA_VOLUME_RATE =
            queue("max-data-volume-rate", ValueType.VOLUME_RATE, Rate.unlimited());
    public static final Directive<Duration> SMTP_OUT_RAMPUP_INTERVAL =
            queue("smtp-out-rampup-interval", ValueType.DURATION, Duration.ZERO);
    public static final Directive<Boolean> RETRY_UPON_NEW_MAIL = queue("retry-upon-new-mail", ValueType.BOOL, false);
    public static final Directive<Long> MAX_EVENTS_RECORDED =
            queue("max-events-recorded", ValueType.range(0, 1000), 10L);
    public static final Directive<Boolean> TRACK_RECIPIENT_EVENTS =
            queue("track-recipient-events", ValueType.BOOL, false);
    public static final Directive<List<CidrRate>> SOURCE_IP_MAX_MSG_RATE =
            add(n -> Directive.repeated("source-ip-max-msg-rate", QUEUE, IN_DOMAIN, ValueType.CIDR_RATE, n));
    public static final Directive<List<CidrRate>> SOURCE_IP_MAX_CONNECT_RATE =
            add(n -> Directive.repeated("source-ip-max-connect-rate", QUEUE, IN_DOMAIN, ValueType.CIDR_RATE, n));
    /// Bytes.
    public static final Directive<List<CidrRate>> SOURCE_IP_MAX_DATA_VOLUME_RATE =
            add(n -> Directive.repeated("source-ip-max-data-volume-rate", QUEUE, IN_DOMAIN, ValueType.CIDR_VOLUME, n));
    public static final Directive<List<CidrCount>> SOURCE_IP_MAX_SMTP_OUT =
            add(n -> Directive.repeated("source-ip-max-smtp-out", QUEUE, IN_DOMAIN, ValueType.CIDR_COUNT, n));
    /// Old; where no [#SOURCE_IP_MAX_SMTP_OUT] speaks of the address.
    public static final Directive<Long> MAX_SMTP_OUT_PER_SOURCE_IP =
            queue("max-smtp-out-per-source-ip", ValueType.CAP_OR_ZERO, ValueType.UNLIMITED);
    public static final Directive<Delay> REENABLE_SOURCE_IP_AFTER =
            queue("reenable-source-ip-after", ValueType.DELAY, Delay.Never.NEVER);
    /// In lower case; empty for none.
    public static final Directive<String> SMTP_PATTERN_LIST = queueName("smtp-pattern-list");
    public static final Directive<Rate> BACKOFF_MAX_MSG_RATE =
            queue("backoff-max-msg-rate", ValueType.RATE, Rate.unlimited());
    public static final Directive<Rate> BACKOFF_MAX_CONNECT_RATE =
            queue("backoff-max-connect-rate", ValueType.RATE, Rate.unlimited());
    /// Bytes.
    public static final Directive<Rate> BACKOFF_MAX_DATA_VOLUME_RATE =
            queue("backoff-max-data-volume-rate", ValueType.VOLUME_RATE, Rate.unlimited());
    public static final Directive<Long> BACKOFF_MAX_SMTP_OUT = queue("backoff-max-smtp-out", ValueType.CAP, 20L);
    public static final Directive<List<Duration>> BACKOFF_RETRY_AFTER =
            queue("backoff-retry-after", ValueType.DURATIONS, List.of(HOUR));
    public static final Directive<Delay> BACKOFF_TO_NORMAL_AFTER =
            queue("backoff-to-normal-after", ValueType.DELAY, Delay.Never.NEVER);
    public static final Directive<Boolean> BACKOFF_TO_NORMAL_AFTER_DELIVERY =
            queue("backoff-to-normal-after-delivery", ValueType.BOOL, false);
    public static final Directive<Boolean> BACKOFF_UPON_ALL_SOURCES_DISABLED =
            queue("backoff-upon-all-sources-disabled", ValueType.BOOL, false);
    public static final Directive<Long> MAX_ERRORS_PER_CONNECTION =
            queue("max-errors-per-connection", ValueType.CAP, ValueType.UNLIMITED);
    public static final Directive<Boolean> SMTP_553_MEANS_INVALID_MAILBOX =
            queue("smtp-553-means-invalid-mailbox", ValueType.BOOL, true);
    public static final Directive<Boolean> ASSUME_DELIVERY_UPON_DATA_TERMINATION_TIMEOUT =
            queue("assume-delivery-upon-data-termination-timeout", ValueType.BOOL, false);
    public static final Directive<Boolean> IGNORE_8BITMIME = queue("ignore-8bitmime", ValueType.BOOL, false);
    /// Ours: also at the top of the file and in a virtual MTA.
    public static final Directive<RatePacing> RATE_PACING = choice(
            "rate-pacing",
            QUEUE,
            EnumSet.of(BlockKind.GLOBAL, BlockKind.VIRTUAL_MTA, BlockKind.DOMAIN),
            ValueType.choice("smooth,window"),
            RatePacing.BY_UNIT,
            RatePacing.class);
    /// In lower case; empty for none.
    public static final Directive<String> QUEUE_TO = queueName("queue-to");
    /// A virtual MTA or pool, in lower case; empty for none.
    public static final Directive<String> REROUTE_TO_VIRTUAL_MTA = queueName("reroute-to-virtual-mta");
    /// A virtual MTA or pool, in lower case; empty for none.
    public static final Directive<String> BACKOFF_REROUTE_TO_VIRTUAL_MTA = queueName("backoff-reroute-to-virtual-mta");
    /// Short names of records that are not written for the queue.
    public static final Directive<Set<String>> DISABLE_ACCT_RECORDS =
            queue("disable-acct-records", ValueType.QUEUE_RECORDS, Set.of());

    public static final Directive<Boolean> DISABLE_MX_ROLLUP = queue("disable-mx-rollup", ValueType.BOOL, false);
    /// Messages a day, for successive days; 0 for none.
    public static final Directive<List<Long>> MAX_COLD_VIRTUAL_MTA_MSG =
            queue("max-cold-virtual-mta-msg", ValueType.DAY_COUNTS, List.of(0L));
    /// In lower case.
    public static final Directive<List<String>> COLD_VIRTUAL_MTA = add(
            n -> Directive.repeated("cold-virtual-mta", Directive.Level.VIRTUAL_MTA, VMTA_OR_POOL, ValueType.NAME, n));
    /// Ours.
    public static final Directive<Boolean> POOL_SKIP_UNAVAILABLE = add(n -> Directive.single(
            "pool-skip-unavailable",
            Directive.Level.VIRTUAL_MTA,
            EnumSet.of(BlockKind.GLOBAL, BlockKind.POOL),
            ValueType.BOOL,
            false,
            n));
    /// In lower case; empty for none.
    public static final Directive<String> INVALID_VIRTUAL_MTA_FALLBACK = add(n -> Directive.turned(
            "invalid-virtual-mta-fallback", SERVER, GLOBAL, ValueType.NAME, "", Configuration::canonicalName, n));
    /// Ours.
    public static final Directive<RemovedVirtualMta> REMOVED_VIRTUAL_MTA = choice(
            "removed-virtual-mta",
            SERVER,
            GLOBAL,
            ValueType.choice("hold,bounce"),
            RemovedVirtualMta.HOLD,
            RemovedVirtualMta.class);
    /// Ours.
    public static final Directive<Long> MASS_ACTION_LIMIT =
            server("mass-action-limit", ValueType.range(0, Integer.MAX_VALUE), 1000L);

    // ---- log-ins

    public static final Directive<Boolean> ALLOW_AUTH = sourceSwitch("allow-auth", true);
    public static final Directive<Boolean> REQUIRE_AUTH = sourceSwitch("require-auth", false);
    public static final Directive<Boolean> ALLOW_UNENCRYPTED_PLAIN_AUTH =
            sourceSwitch("allow-unencrypted-plain-auth", false);
    public static final Directive<Boolean> REQUIRE_STARTTLS_BEFORE_AUTH =
            sourceSwitch("require-starttls-before-auth", false);
    public static final Directive<Rate> SMTP_MAX_AUTH_FAILURE_RATE = add(n ->
            Directive.single("smtp-max-auth-failure-rate", SOURCE, IN_SOURCE, ValueType.RATE, Rate.unlimited(), n));
    /// Tutorial spelling: which mechanisms, in a word.
    public static final Directive<AuthType> AUTH_TYPE = choice(
            "auth-type",
            SOURCE,
            IN_SOURCE,
            ValueType.choice("password,plain,login,cram-md5,none"),
            AuthType.PASSWORD,
            AuthType.class);
    /// Tutorial spelling: the password that those share who have no `<smtp-user>`; empty for none.
    public static final Directive<String> SOURCE_PASSWORD =
            add(n -> Directive.single("password", SOURCE, IN_SOURCE, ValueType.TEXT, "", n));
    /// Empty for none.
    public static final Directive<String> PASSWORD =
            add(n -> Directive.single("password", Directive.Level.SMTP_USER, IN_SMTP_USER, ValueType.TEXT, "", n));
    /// In lower case; empty for `{auth}`.
    public static final Directive<String> SMTP_USER_SOURCE = add(n -> Directive.turned(
            "source", Directive.Level.SMTP_USER, IN_SMTP_USER, ValueType.NAME, "", Configuration::canonicalName, n));
    public static final Directive<AuthenticationMethod> AUTHENTICATION_METHOD = choice(
            "authentication-method",
            Directive.Level.SMTP_USER,
            IN_SMTP_USER,
            ValueType.choice("password,system,certificate"),
            AuthenticationMethod.PASSWORD,
            AuthenticationMethod.class);

    /// In lower case.
    public static final Directive<List<String>> REMOVE_HEADER = add(n -> Directive.adding(
            "remove-header", QUEUE, IN_DOMAIN, ValueType.HEADER_NAMES, List.of(), Directives::joinedNames, n));

    // ---- signing

    public static final Directive<DkimSign> DKIM_SIGN = choice(
            "dkim-sign",
            QUEUE,
            IN_DOMAIN,
            ValueType.choice("no,yes,if-x-dkim-options-present"),
            DkimSign.NO,
            DkimSign.class);
    public static final Directive<Boolean> SECOND_DKIM_SIGN = queue("second-dkim-sign", ValueType.BOOL, false);
    static final Dkim FIRST_DKIM = dkim("dkim-");
    static final Dkim SECOND_DKIM = dkim("second-dkim-");

    private static Dkim dkim(String prefix) {
        // Of the algorithm only the key decides.
        queue(prefix + "algorithm", ValueType.DKIM_ALGORITHM, "rsa-sha256");
        return new Dkim(
                queue(prefix + "identity", ValueType.IDENTITY, SigningValues.SENDER_OR_FROM),
                queue(prefix + "identity-fallback", ValueType.IDENTITY, ""),
                queue(prefix + "headers", ValueType.HEADER_PATTERNS, List.of()),
                queue(prefix + "disallow-adding-headers", ValueType.HEADER_NAMES, List.of()),
                queue(prefix + "headers-canon", ValueType.choice("simple,relaxed"), "relaxed"),
                queue(prefix + "body-canon", ValueType.choice("simple,relaxed"), "relaxed"),
                queue(prefix + "add-timestamp", ValueType.BOOL, false),
                queue(prefix + "expire-after", ValueType.DELAY, Delay.Never.NEVER),
                queue(prefix + "query-method", ValueType.TEXT, ""));
    }

    // ---- accounting files

    public static final Directive<Set<String>> RECORDS = add(n -> Directive.adding(
            "records", ACCT_FILE, IN_ACCT_FILE, ValueType.RECORDS, Set.of("d", "b"), Directives::joined, n));
    /// Bytes.
    public static final Directive<Long> MAX_SIZE =
            add(n -> Directive.single("max-size", ACCT_FILE, IN_ACCT_FILE, ValueType.SIZE, 250L << 20, n));
    public static final Directive<Delay> DELETE_AFTER = add(n -> Directive.single(
            "delete-after", ACCT_FILE, IN_ACCT_FILE, ValueType.DELAY, new Delay.After(Duration.ofDays(8)), n));

    public static final Directive<List<AcctValues.FieldsLine>> RECORD_FIELDS =
            add(n -> Directive.repeated("record-fields", ACCT_FILE, IN_ACCT_FILE, ValueType.RECORD_FIELDS, n));
    public static final Directive<List<AcctValues.MappingLine>> MAP_HEADER_TO_FIELD =
            add(n -> Directive.repeated("map-header-to-field", ACCT_FILE, IN_ACCT_FILE, ValueType.FIELD_MAPPING, n));
    public static final Directive<Boolean> ISO_TIMES = acctFile("iso-times", ValueType.BOOL, true);
    public static final Directive<String> USER_STRING = acctFile("user-string", ValueType.TEXT, "");
    public static final Directive<QueueFilter> QUEUE_FILTER =
            acctFile("queue-filter", ValueType.QUEUE_FILTER, QueueFilter.ALL);
    public static final Directive<PrivacyPolicy> PRIVACY_POLICY =
            acctFile("privacy-policy", ValueType.PRIVACY, PrivacyPolicy.RETAIN);
    public static final Directive<String> ACCT_LINE_END = acctFile("acct-line-end", ValueType.choice("lf,crlf"), "lf");
    public static final Directive<Boolean> ACCT_SUCCESS_CATEGORY =
            acctFile("acct-success-category", ValueType.BOOL, false);
    /// Empty: finished files stay.
    public static final Directive<String> MOVE_TO = acctFile("move-to", ValueType.PATH, "");
    public static final Directive<Duration> MOVE_INTERVAL =
            acctFile("move-interval", ValueType.TIMEOUT, Rotation.DEFAULT_MOVE_INTERVAL);
    /// Of a pipe.
    public static final Directive<Duration> RETRY_INTERVAL =
            acctFile("retry-interval", ValueType.TIMEOUT, AccountPipe.DEFAULT_RETRY_INTERVAL);
    /// Of a pipe.
    public static final Directive<Duration> WRITE_TIMEOUT =
            acctFile("write-timeout", ValueType.TIMEOUT, AccountPipe.DEFAULT_WRITE_TIMEOUT);
    public static final Directive<Boolean> COUNT_MOVED_RECORDS = acctFile("count-moved-records", ValueType.BOOL, false);
    public static final Directive<Boolean> WORLD_READABLE = acctFile("world-readable", ValueType.BOOL, false);

    private static final Map<BlockKind, Map<String, Directive<?>>> BY_SCOPE = index();

    private Directives() {}

    private static Map<BlockKind, Map<String, Directive<?>>> index() {
        Map<BlockKind, Map<String, Directive<?>>> index = new EnumMap<>(BlockKind.class);
        for (Directive<?> each : ALL) {
            for (BlockKind scope : each.scopes()) {
                index.computeIfAbsent(scope, _ -> new HashMap<>()).putIfAbsent(each.name(), each);
            }
        }
        return index;
    }

    private static <T> Directive<T> add(java.util.function.IntFunction<Directive<T>> make) {
        Directive<T> made = make.apply(ALL.size());
        ALL.add(made);
        return made;
    }

    private static <T> Directive<T> server(String name, ValueType<T> type, T builtIn) {
        return add(n -> Directive.single(name, SERVER, GLOBAL, type, builtIn, n));
    }

    private static <T> Directive<T> listener(String name, ValueType<T> type, T builtIn) {
        return add(n -> Directive.single(name, Directive.Level.LISTENER, IN_LISTENER, type, builtIn, n));
    }

    private static Directive<Boolean> sourceSwitch(String name, boolean builtIn) {
        return add(n -> Directive.single(name, SOURCE, IN_SOURCE, ValueType.BOOL, builtIn, n));
    }

    private static <T> Directive<T> acctFile(String name, ValueType<T> type, T builtIn) {
        return add(n -> Directive.single(name, ACCT_FILE, IN_ACCT_FILE, type, builtIn, n));
    }

    private static <T> Directive<T> queue(String name, ValueType<T> type, T builtIn) {
        return add(n -> Directive.single(name, QUEUE, IN_DOMAIN, type, builtIn, n));
    }

    private static Directive<String> queueName(String name) {
        return add(n -> Directive.turned(name, QUEUE, IN_DOMAIN, ValueType.NAME, "", Configuration::canonicalName, n));
    }

    private static <E extends Enum<E>> Directive<E> choice(
            String name,
            Directive.Level level,
            Set<BlockKind> scopes,
            ValueType<String> type,
            E builtIn,
            Class<E> options) {
        Function<String, E> turn = word ->
                Enum.valueOf(options, word.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
        return add(n -> Directive.turned(name, level, scopes, type, builtIn, turn, n));
    }

    private static String fieldName(String written) {
        String lower = written.toLowerCase(java.util.Locale.ROOT);
        return lower.endsWith(":") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static List<String> joinedNames(List<String> first, List<String> second) {
        Set<String> all = new LinkedHashSet<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }

    private static HostList joined(HostList first, HostList second) {
        if (first.isEmpty() || second.isEmpty()) {
            return second;
        }
        List<List<HostList.Host>> levels = new ArrayList<>(first.levels());
        List<HostList.Host> best = new ArrayList<>(levels.getFirst());
        best.addAll(second.levels().getFirst());
        levels.set(0, best);
        levels.addAll(second.levels().subList(1, second.levels().size()));
        return new HostList(levels);
    }

    private static Set<String> joined(Set<String> first, Set<String> second) {
        Set<String> all = new LinkedHashSet<>(first);
        all.addAll(second);
        return Set.copyOf(all);
    }

    /// All typed keys, in the order of their ordinals.
    static List<Directive<?>> all() {
        return List.copyOf(ALL);
    }

    static int count() {
        return ALL.size();
    }

    static @Nullable Directive<?> find(BlockKind scope, String name) {
        Map<String, Directive<?>> map = BY_SCOPE.get(scope);
        return map == null ? null : map.get(name);
    }
}
