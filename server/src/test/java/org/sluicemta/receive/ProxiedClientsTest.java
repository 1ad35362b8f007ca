package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that come through a proxy.
class ProxiedClientsTest {
    private static final String HEADER = "PROXY TCP4 198.51.100.7 192.0.2.25 4711 25\r\n";

    private final ReceiveStage stage = new ReceiveStage(5);

    @BeforeEach
    void expectTheHeaderOfAnyProxy() {
        stage.listenerPolicy = new ListenerPolicy(null, address -> true);
        stage.adopt();
    }

    @Test
    void nothingIsSaidBeforeTheHeaderAndThenTheClientIsTheProxied() {
        ReceiveStage.Client client = stage.client();
        assertThat(client.hears()).isEmpty();

        assertThat(client.says(HEADER)).startsWith("220 ");

        client.says("EHLO client.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        assertThat(client.says("Subject: x\r\n\r\nx\r\n.\r\n")).startsWith("250 ");
        assertThat(stage.onlyText()).contains("[198.51.100.7]");
    }

    @Test
    void theHeaderMayComeByteByByte() {
        ReceiveStage.Client client = stage.client();
        for (int i = 0; i < HEADER.length() - 1; i++) {
            client.sends(HEADER.substring(i, i + 1));
        }
        stage.pass(Duration.ofSeconds(1));
        assertThat(client.hears()).isEmpty();

        assertThat(client.says("\n")).startsWith("220 ");
    }

    @Test
    void aHealthCheckIsServedAsTheProxyItself() {
        ReceiveStage.Client client = stage.client();

        assertThat(client.says("PROXY UNKNOWN\r\n")).startsWith("220 ");
        assertThat(client.says("QUIT\r\n")).startsWith("221 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"EHLO client.example\r\n", "PROXY TCP4 x y 1 2\r\n", "\r\n\r\n\u0000\r\nQUIT\n\u0011"})
    void whoeverSendsNoGoodHeaderIsCutOffWithoutAWord(String text) {
        ReceiveStage.Client client = stage.client();

        assertThat(client.says(text)).isEmpty();
        assertThat(client.isClosed).isTrue();
    }

    @Test
    void whoeverSendsNoHeaderInTimeIsCutOff() {
        ReceiveStage.Client client = stage.client();
        client.says(HEADER.substring(0, 20));
        assertThat(client.isClosed).isFalse();

        stage.pass(ProxiedEngine.PATIENCE);

        assertThat(client.isClosed).isTrue();
        assertThat(stage.reception.facts().connections()).isZero();
    }

    @Test
    void whoeverIsNoProxyIsRefused() {
        stage.listenerPolicy = new ListenerPolicy(null, address -> false);
        stage.adopt();

        ReceiveStage.Client client = stage.client();

        assertThat(client.says(HEADER)).isEmpty();
        assertThat(client.isClosed).isTrue();
    }

    @Test
    void whereNoHeaderIsExpectedItIsNoCommand() {
        stage.listenerPolicy = ListenerPolicy.PLAIN;
        stage.adopt();
        ReceiveStage.Client client = stage.client();

        assertThat(client.says(HEADER)).startsWith("220 ").contains("\r\n500 ");
        assertThat(client.isClosed).isFalse();
    }
}
