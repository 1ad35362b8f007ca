package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ProxyHeaderProperties {
    private static final byte[] SIGNATURE = {13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10};
    private static final ProxyHeader.Own OWN = new ProxyHeader.Own();

    /// What came of it: the header or the fault, and how many bytes were read.
    record Decoded(Object result, int used) {}

    static Decoded decode(byte[] wire, int step) {
        var decoder = new ProxyHeaderDecoder();
        int at = 0;
        var progress = ProxyHeaderDecoder.Progress.MORE;
        while (at < wire.length && progress == ProxyHeaderDecoder.Progress.MORE) {
            ByteBuffer lent = ByteBuffer.wrap(wire, at, Math.min(step, wire.length - at));
            progress = decoder.read(lent);
            at = lent.position();
        }
        return switch (progress) {
            case MORE -> new Decoded("more", at);
            case HEADER -> new Decoded(decoder.header(), at);
            case BROKEN -> new Decoded("broken " + decoder.fault(), at);
        };
    }

    private static Object result(String line) {
        return decode(line.getBytes(StandardCharsets.ISO_8859_1), 1 << 16).result();
    }

    private static byte[] binary(int command, int family, byte[] content) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        out.write(command);
        out.write(family);
        out.write(content.length >> 8);
        out.write(content.length);
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] addresses(InetSocketAddress client, InetSocketAddress server) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(client.getAddress().getAddress());
        out.writeBytes(server.getAddress().getAddress());
        for (InetSocketAddress each : new InetSocketAddress[] {client, server}) {
            out.write(each.getPort() >> 8);
            out.write(each.getPort());
        }
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Provide
    Arbitrary<byte[]> soup() {
        Arbitrary<byte[]> words = Arbitraries.of(
                        "PROXY ",
                        "TCP4 ",
                        "TCP6 ",
                        "UNKNOWN",
                        " ",
                        "192.0.2.1 ",
                        "::1 ",
                        "25 ",
                        "65536",
                        "\r\n",
                        "\r",
                        "\n",
                        "0")
                .map(word -> word.getBytes(StandardCharsets.ISO_8859_1));
        Arbitrary<byte[]> pieces = Arbitraries.of(
                SIGNATURE,
                new byte[] {0x21, 0x11, 0, 12},
                new byte[] {0x20, 0, 0, 0},
                new byte[] {0x21, 0x21, 0, 39},
                new byte[] {3, 0, 4},
                new byte[12],
                new byte[36]);
        Arbitrary<byte[]> junk = Arbitraries.bytes().array(byte[].class).ofMaxSize(20);
        return Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(5, words),
                        net.jqwik.api.Tuple.of(5, pieces),
                        net.jqwik.api.Tuple.of(1, junk))
                .list()
                .ofMaxSize(12)
                .map(list -> joined(list.toArray(byte[][]::new)));
    }

    @Property(tries = 3_000)
    void anyBytesInAnySplitGiveTheSame(@ForAll("soup") byte[] wire, @ForAll @IntRange(min = 1, max = 40) int step) {
        assertThat(decode(wire, step)).isEqualTo(decode(wire, 1 << 16));
    }

    @Provide
    Arbitrary<InetSocketAddress> v4() {
        return socket(4);
    }

    @Provide
    Arbitrary<InetSocketAddress> v6() {
        return socket(16);
    }

    private static Arbitrary<InetSocketAddress> socket(int size) {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofSize(size)
                .flatMap(bytes -> Arbitraries.integers().between(0, 65_535).map(port -> {
                    try {
                        return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
                    } catch (java.net.UnknownHostException wrongSize) {
                        throw new IllegalStateException(wrongSize);
                    }
                }));
    }

    @Property(tries = 300)
    void whatVersionOneSaysIsReadAndNothingBehindIt(
            @ForAll("v6") InetSocketAddress client, @ForAll("v6") InetSocketAddress server) {
        String line = "PROXY TCP6 " + client.getAddress().getHostAddress() + " "
                + server.getAddress().getHostAddress() + " " + client.getPort() + " " + server.getPort() + "\r\n";

        assertThat(decode((line + "EHLO").getBytes(StandardCharsets.ISO_8859_1), 7))
                .isEqualTo(new Decoded(new ProxyHeader.Proxied(client, server), line.length()));
    }

    @Property(tries = 300)
    void whatVersionTwoSaysIsReadWithAnyRecordsAndNothingBehindIt(
            @ForAll("v4") InetSocketAddress client,
            @ForAll("v4") InetSocketAddress server,
            @ForAll @Size(max = 300) byte[] record) {
        byte[] tlv = joined(new byte[] {(byte) 0xe0, (byte) (record.length >> 8), (byte) record.length}, record);
        byte[] header = binary(0x21, 0x11, joined(addresses(client, server), tlv));

        assertThat(decode(joined(header, new byte[] {22, 3, 1}), 5))
                .isEqualTo(new Decoded(new ProxyHeader.Proxied(client, server), header.length));
    }

    @Example
    void aProxyThatSpeaksForItselfKeepsItsAddress() {
        assertThat(result("PROXY UNKNOWN\r\n")).isEqualTo(OWN);
        assertThat(result("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n")).isEqualTo(OWN);
        assertThat(decode(binary(0x20, 0x11, new byte[12]), 4).result()).isEqualTo(OWN);
        assertThat(decode(binary(0x20, 0, new byte[0]), 4).result()).isEqualTo(OWN);
        assertThat(decode(binary(0x21, 0, new byte[9]), 4).result()).isEqualTo(OWN);
        assertThat(decode(binary(0x21, 0x31, new byte[216]), 4).result()).isEqualTo(OWN);
    }

    @Example
    void whatIsNoHeaderIsRefusedAsSoonAsThatIsSeen() {
        for (String wrong : new String[] {
            "EHLO",
            "PROXIED",
            "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
            "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
            "PROXY TCP4 192.513 192.0.2.2 1 2\r\n",
            "PROXY TCP4 mx.example.net 192.0.2.2 1 2\r\n",
            "PROXY TCP6 192.0.2.1 192.0.2.2 1 65536\r\n",
            "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
            "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
            "PROXY TCP4 " + "1".repeat(96)
        }) {
            assertThat(result(wrong)).as(wrong).asString().startsWith("broken ");
        }
        assertThat(decode(binary(0x11, 0x11, new byte[12]), 9).result())
                .asString()
                .startsWith("broken ");
        assertThat(decode(binary(0x21, 0x12, new byte[12]), 9).result())
                .asString()
                .contains("stream");
        assertThat(decode(binary(0x21, 0x11, new byte[11]), 9).result())
                .asString()
                .contains("too short");
        assertThat(decode(binary(0x21, 0x11, new byte[14]), 9).result())
                .asString()
                .contains("beyond");
        assertThat(decode(binary(0x21, 0x11, new byte[5_000]), 9))
                .isEqualTo(new Decoded("broken the header has 5016 bytes; 4096 are taken", 16));
    }

    @Example
    void aChecksumIsVerified() {
        byte[] header = binary(0x21, 0x11, joined(new byte[12], new byte[] {3, 0, 4, 0, 0, 0, 0}));
        var sum = new CRC32C();
        sum.update(header, 0, header.length);
        ByteBuffer.wrap(header).putInt(header.length - 4, (int) sum.getValue());

        assertThat(decode(header, 8).result()).isInstanceOf(ProxyHeader.Proxied.class);
        header[20]++;
        assertThat(decode(header, 8).result()).asString().contains("checksum");
    }
}
