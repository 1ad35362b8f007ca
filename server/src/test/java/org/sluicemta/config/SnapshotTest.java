package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sluicemta.inject.PickupPolicy;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.queue.QueuePolicies;
import org.sluicemta.queue.QueuePolicy;

/// What the rooms are given of a configuration.
class SnapshotTest {
    private static QueuePolicies queues(String text) {
        return Snapshot.of(MemoryFiles.load(text), "mta.example", List.of()).queues();
    }

    @Test
    void noDomainPacesWhatAllQueuesOfAVirtualMtaShare() {
        String text = """
                <domain a.example>
                    rate-pacing window
                    max-msg-rate 10/1m
                </domain>
                <virtual-mta v>
                    smtp-source-host 192.0.2.1 v.example
                    max-smtp-msg-rate 10/1m
                    PACING
                </virtual-mta>
                """;
        var queue = new QueueKey("a.example", "v");

        var policy = queues(text.replace("PACING", "")).of(queue);
        assertThat(policy.maxMsgRate().value().isWindow()).isTrue();
        assertThat(policy.virtualMtaMaxMsgRate().value().isWindow()).isFalse();

        var paced = queues(text.replace("PACING", "rate-pacing window")).of(queue);
        assertThat(paced.virtualMtaMaxMsgRate().value().isWindow()).isTrue();
    }

    @Test
    void aQueueKnowsItsTypeAndWhetherItsRecipientsAreTracked() {
        var queues = queues("""
                <domain a.example>
                    track-recipient-events yes
                    type file
                    file-destination /var/mail/a
                </domain>
                """);
        var tracked = queues.of(new QueueKey("a.example", "v"));
        assertThat(tracked.trackRecipientEvents().value()).isTrue();
        assertThat(tracked.deliveryType().value()).isEqualTo(QueuePolicy.DeliveryType.FILE);

        var other = queues.of(new QueueKey("b.example", "v"));
        assertThat(other.trackRecipientEvents().value()).isFalse();
        assertThat(other.deliveryType().value()).isEqualTo(QueuePolicy.DeliveryType.SMTP);
    }

    @Test
    void aQueueThatQueueToNamesIsNoRollupThatIsGone() {
        var queues = queues("""
                <domain a.example>
                    queue-to Big.rollup
                </domain>
                <domain big.rollup>
                    smtp-hosts lookup-mx:a.example
                </domain>
                """);
        assertThat(queues.hasRollup("big.rollup")).isTrue();
        assertThat(queues.hasRollup("small.rollup")).isFalse();
    }

    @Test
    void aSourceHasTheRulesOfTheListThatItNames() {
        var policies =
                Snapshot.of(MemoryFiles.load("""
                        <virtual-mta a>
                        </virtual-mta>
                        <source 192.0.2.1>
                            pattern-list CHOICE
                        </source>
                        <source 192.0.2.2>
                            pattern-list elsewhere
                        </source>
                        <pattern-list choice>
                            mail-from /@x/ virtual-mta=a, recipient-priority=70
                        </pattern-list>
                        """), "mta.example", List.of()).reception();

        assertThat(List.of("192.0.2.1", "192.0.2.2", "192.0.2.3"))
                .extracting(client -> policies.source(InetAddress.ofLiteral(client), List.of())
                        .patterns()
                        .value()
                        .isEmpty())
                .containsExactly(false, true, true);
    }

    @Test
    void aliasesStandAloneOrInABlockAndLocalPartsAreThoseOfThisServer() {
        var aliases = Snapshot.of(MemoryFiles.load("""
                        host-name mta.example
                        alias Ops ann@a.example, bob
                        <aliases>
                            alias eve@A.example sue@b.example
                            alias *@c.example sue@b.example
                            alias ops pat@a.example
                        </aliases>
                        """), "mta.example", List.of())
                .reception()
                .aliases();

        assertThat(aliases.byAddress())
                .containsOnly(
                        Map.entry("ops@mta.example", addresses("ann@a.example", "bob@mta.example", "pat@a.example")),
                        Map.entry("eve@a.example", addresses("sue@b.example")),
                        Map.entry("@c.example", addresses("sue@b.example")));
    }

    private static List<Address> addresses(String... all) {
        return Arrays.stream(all).map(Address::ofChecked).toList();
    }

    @Test
    void thePickupFolderIsTheOneThatIsNamed() {
        var snapshot =
                Snapshot.of(MemoryFiles.load("pickup /new /bad\npickup-remove-dot yes\n"), "mta.example", List.of());

        assertThat(snapshot.pickup()).isEqualTo(new PickupPolicy(Path.of("/new"), Path.of("/bad"), true));
        assertThat(Snapshot.of(MemoryFiles.load(""), "mta.example", List.of()).pickup())
                .isNull();
    }

    @Test
    void aVirtualMtaIsFoundByTheAddressThatItSendsFrom() {
        var policies =
                Snapshot.of(MemoryFiles.load("""
                        <virtual-mta v>
                            smtp-source-host 192.0.2.1 v.example
                        </virtual-mta>
                        <virtual-mta w>
                            smtp-source-host 192.0.2.1 w.example
                            smtp-source-host 192.0.2.2 w.example
                        </virtual-mta>
                        """), "mta.example", List.of()).reception();

        assertThat(List.of("192.0.2.1", "192.0.2.2", "192.0.2.3"))
                .extracting(policies::virtualMtaAt)
                .containsExactly("v", "w", "");
    }
}
