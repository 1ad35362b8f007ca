package org.sluicemta.deliver;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sluicemta.settings.Setting;
import org.sluicemta.smtp.ClientLogin;
import org.sluicemta.tls.OutgoingTls;

/// What the configuration says of how one queue is delivered.
///
/// @param hosts `smtp-hosts` or `route` as written, or empty for the domain's MX
/// @param defaultPort for hosts without a port
/// @param useStarttls try it where offered
/// @param requireStarttls never in clear
/// @param mxConnectionAttempts hosts or addresses tried before the queue has failed, 1 or more
/// @param means421Unavailable whether a 421 in a dialogue is a failure of the host (`smtp-421-means-mx-unavailable`)
/// @param bounceUpon5xxGreeting a 5xx greeting bounces what the queue holds (SEMANTICS: one audited event)
/// @param replyRules what matching replies do (`smtp-pattern-list`)
/// @param maxErrorsPerConnection refused recipients after which a session ends; 0 for no bound
/// @param means553InvalidMailbox whether a 553 to RCPT without an enhanced code counts as 5.1.1
/// @param assumesDeliveryUponTimeout whether silence after the final dot counts as taken
/// @param bounceUponNoMx how long a domain without any MX or address is retried before it bounces; zero for at once
/// @param files how mail becomes files, or null where it goes over connections
/// @param tls how connections are secured; it holds `use-starttls` and `require-starttls` too
/// @param login as whom sessions log in, or null: not at all
/// @param signing what is signed with DKIM, in whose name and with which keys
/// @param removeHeaders names, in lower case, of fields that are not sent
public record DeliveryPolicy(
        Setting<String> hosts,
        Setting<Integer> defaultPort,
        Setting<Boolean> useStarttls,
        Setting<Boolean> requireStarttls,
        Setting<Integer> mxConnectionAttempts,
        Setting<Duration> connectTimeout,
        Setting<Duration> greetingTimeout,
        Setting<Duration> dataSendTimeout,
        Setting<Duration> dataTerminationTimeout,
        Setting<Duration> connectionIdleTimeout,
        Setting<Integer> maxMsgPerConnection,
        Setting<Boolean> ignoreChunking,
        Setting<Boolean> ignorePipelining,
        Setting<Boolean> ignore8BitMime,
        Setting<Boolean> means421Unavailable,
        Setting<Boolean> bounceUpon5xxGreeting,
        Setting<ReplyRules> replyRules,
        Setting<Integer> maxErrorsPerConnection,
        Setting<Boolean> means553InvalidMailbox,
        Setting<Boolean> assumesDeliveryUponTimeout,
        Setting<Duration> bounceUponNoMx,
        Setting<Signing> signing,
        Setting<List<String>> removeHeaders,
        @Nullable FilePlan files,
        OutgoingTls tls,
        @Nullable ClientLogin login) {
    /// Whether a connection made under the one is as good under the other: what is fixed at connect is the same.
    boolean connectsAs(DeliveryPolicy other) {
        return Objects.equals(files, other.files)
                && hosts.value().equals(other.hosts.value())
                && defaultPort.value().equals(other.defaultPort.value())
                && useStarttls.value().equals(other.useStarttls.value())
                && requireStarttls.value().equals(other.requireStarttls.value())
                && tls.equals(other.tls)
                && Objects.equals(login, other.login)
                && ignoreChunking.value().equals(other.ignoreChunking.value())
                && ignorePipelining.value().equals(other.ignorePipelining.value())
                && ignore8BitMime.value().equals(other.ignore8BitMime.value());
    }
}
