package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sluicemta.queue.Outcome;
import org.sluicemta.simulation.DiskFault;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.world.IoFailure;

class FileDeliveryTest {
    private final DeliverStage stage = new DeliverStage();

    @BeforeEach
    void mailBecomesFiles() {
        stage.host.disk().makeFolders(Path.of("/in/ann"));
        stage.wishes.put("files", new FilePlan("/in", false));
    }

    private List<String> texts() {
        return stage.host.disk().files().stream()
                .map(each -> new String(stage.host.disk().durableBytes(each).orElseThrow(), StandardCharsets.US_ASCII))
                .toList();
    }

    @Test
    void eachRecipientGetsAFileThatIsDurableWhenItIsTold() {
        var mail = stage.mail("ann@example.net", "bob@example.net");

        var opening = stage.open();

        assertThat(mail.outcomes)
                .hasSize(2)
                .allSatisfy(outcome -> assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.Delivered.class,
                                delivered -> assertThat(delivered.remote().deliveryType())
                                        .isEqualTo("file")));
        assertThat(stage.host.disk().files())
                .hasSize(2)
                .allSatisfy(
                        path -> assertThat(path.toString()).startsWith("/in/").endsWith(".msg"));
        assertThat(texts()).containsOnly(new String(DeliverStage.TEXT, StandardCharsets.US_ASCII));
        assertThat(opening.ends).isEqualTo(1);
        assertThat(opening.failure).isNull();
        assertThat(stage.server.slicesOut()).isZero();
    }

    @Test
    void thePickupFormHasTheEnvelopeInFront() {
        stage.wishes.put("files", new FilePlan("/in", true));
        stage.mail("ann@example.net");

        stage.open();

        assertThat(texts())
                .containsExactly("x-sender: a@example.com\r\nx-receiver: ann@example.net\r\n"
                        + new String(DeliverStage.TEXT, StandardCharsets.US_ASCII));
    }

    @Test
    void fieldsThatAreNotSentAreNotWrittenEither() {
        stage.wishes.put("remove-header", List.of("subject"));
        stage.mail("ann@example.net");

        stage.open();

        assertThat(texts()).containsExactly("From: a@example.com\r\n\r\nText.\r\n");
    }

    @Test
    void aFullDiskDefersAndLeavesNothing() {
        stage.host
                .disk()
                .inject(
                        SimulatedDisk.Operation.WRITE,
                        path -> path.startsWith("/in"),
                        1,
                        new DiskFault.Fails(IoFailure.Kind.NO_SPACE));
        var full = stage.mail("ann@example.net");
        var next = stage.mail("bob@example.net");

        stage.open();

        assertThat(full.only())
                .isInstanceOfSatisfying(
                        Outcome.Deferred.class,
                        deferred -> assertThat(deferred.status()).isEqualTo("4.3.1"));
        assertThat(next.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.host.disk().files()).hasSize(1);
        assertThat(stage.server.slicesOut()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"/nowhere, 4.3.5", "'', 4.3.5"})
    void withoutItsFolderMailWaits(String folder, String status) {
        stage.wishes.put("files", new FilePlan(folder, false));
        var mail = stage.mail("ann@example.net");

        stage.open();

        assertThat(mail.only())
                .isInstanceOfSatisfying(
                        Outcome.Deferred.class,
                        deferred -> assertThat(deferred.status()).isEqualTo(status));
    }

    @ParameterizedTest
    @CsvSource({
        "/in,                a@x.example,            /in",
        "/in/$user,          Ann+news@X.example,     /in/ann",
        "/in/$domain/$user,  ann@X.example,          /in/x.example/ann",
        "/in/$to,            ann@x.example,          /in/ann@x.example",
        "/in/$from,          ann@x.example,          /in/f@s.example",
        "/in/$user,          ../../etc/ann@x.example, /in/_._.._etc_ann",
        "/in/$user,          ..@x.example,           /in/_.",
        "/in/$other,         ann@x.example,          /in/$other"
    })
    void theEnvelopeNamesFoldersAndCannotLeadOutOfThem(String written, String to, String folder) {
        assertThat(new FilePlan(written, false).folder("F@s.example", to)).isEqualTo(folder);
    }

    @Test
    void whatIsUnderWayAtTheEndGoesBack() {
        stage.host.disk().latency(SimulatedDisk.Operation.SYNC, Duration.ofSeconds(60), Duration.ofSeconds(60));
        var mail = stage.mail("ann@example.net");
        var opening = stage.open();
        assertThat(mail.outcomes).isEmpty();

        stage.abort();

        assertThat(mail.only()).isInstanceOf(Outcome.Untouched.class);
        assertThat(opening.ends).isEqualTo(1);
        stage.pass(Duration.ofMinutes(5));
        assertThat(opening.ends).isEqualTo(1);
        assertThat(stage.server.slicesOut()).isZero();
    }
}
