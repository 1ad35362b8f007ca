package org.sluicemta.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sluicemta.dns.DnsCodec.Reading;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class DnsCodecTest {
    private static final int ID = 4711;
    private static final DnsQuestion MX = new DnsQuestion("example.com", DnsType.MX);
    private static final DnsAnswer ONE_MX =
            new DnsAnswer.Records("example.com", List.of(new DnsRecord.Mx(10, "mx.example.com")));

    @Test
    void theLeastTtlOfTheChainCounts() {
        Reading reading = read(message("example.com", Type.MX)
                .answer("example.com CNAME 120 mail.example.net.")
                .answer("mail.example.net MX 60 10 mx.example.com."));

        assertThat(reading)
                .isEqualTo(new Reading.Complete(
                        new DnsAnswer.Records("mail.example.net", List.of(new DnsRecord.Mx(10, "mx.example.com"))),
                        List.of("mail.example.net"),
                        60));
    }

    @Test
    void recordsOfOtherNamesAndSectionsAreNotBelieved() {
        Reading reading = read(message("example.com", Type.MX)
                .answer("example.com MX 60 10 mx.example.com.")
                .answer("example.org MX 60 0 evil.example.")
                .in(Section.AUTHORITY, "example.com MX 60 0 evil.example.")
                .in(Section.ADDITIONAL, "example.com MX 60 0 evil.example."));

        assertThat(reading).isEqualTo(new Reading.Complete(ONE_MX, List.of(), 60));
    }

    @Test
    void theLifetimeOfADenialIsTheLesserOfSoaTtlAndMinimum() {
        String numbers = "ns.example. admin.example. 1 3600 600 86400 ";

        assertThat(ttl(read(denial("example.com SOA 300 " + numbers + "900")))).isEqualTo(300);
        assertThat(ttl(read(denial("com SOA 900 " + numbers + "120")))).isEqualTo(120);
        assertThat(ttl(read(denial("example.org SOA 900 " + numbers + "120")))).isZero();
        assertThat(ttl(read(denial("ample.com SOA 900 " + numbers + "120")))).isZero();
    }

    @Test
    void anAliasWithoutItsTargetIsToBeFollowed() {
        assertThat(read(message("example.com", Type.MX).answer("example.com CNAME 120 mail.example.net.")))
                .isEqualTo(new Reading.Follow(List.of("mail.example.net"), 120));
    }

    @Test
    void circlesAndLongChainsOfAliasesFail() {
        var circle = message("example.com", Type.MX)
                .answer("example.com CNAME 60 b.example.")
                .answer("b.example CNAME 60 example.com.");
        var chain = message("example.com", Type.MX).answer("example.com CNAME 60 n0.example.");
        for (int i = 0; i < 12; i++) {
            chain.answer("n" + i + ".example CNAME 60 n" + (i + 1) + ".example.");
        }

        assertThat(read(circle)).isInstanceOf(Reading.ServerFailed.class);
        assertThat(read(chain)).isInstanceOf(Reading.ServerFailed.class);
    }

    @Test
    void aReferralIsNoDenial() {
        assertThat(read(message("example.com", Type.MX).in(Section.AUTHORITY, "com NS 60 a.gtld.example.")))
                .isInstanceOf(Reading.ServerFailed.class);
    }

    @Test
    void anAnswerToAnotherQuestionOrNoAnswerAtAllIsForeign() {
        assertThat(read(message("example.org", Type.MX))).isInstanceOf(Reading.Foreign.class);
        assertThat(read(message("example.com", Type.A))).isInstanceOf(Reading.Foreign.class);
        var question = message("example.com", Type.MX);
        question.message.getHeader().unsetFlag(Flags.QR);
        assertThat(read(question)).isInstanceOf(Reading.Foreign.class);
        var otherId = message("example.com", Type.MX);
        otherId.message.getHeader().setID(ID + 1);
        assertThat(read(otherId)).isInstanceOf(Reading.Foreign.class);
    }

    @Test
    void codesOfTheServerAreNeverADenial() {
        for (int code : new int[] {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTAUTH, Rcode.YXDOMAIN, 11}) {
            var message = message("example.com", Type.MX);
            message.message.getHeader().setRcode(code);
            assertThat(read(message)).isInstanceOf(Reading.ServerFailed.class);
        }
        for (int code : new int[] {Rcode.FORMERR, Rcode.NOTIMP}) {
            var message = message("example.com", Type.MX);
            message.message.getHeader().setRcode(code);
            assertThat(read(message)).isInstanceOf(Reading.NotUnderstood.class);
        }
    }

    @Test
    void aTtlWithItsHighestBitSetIsZero() {
        byte[] bytes = message("example.com", Type.MX)
                .answer("example.com MX 60 10 mx.example.com.")
                .message
                .toWire();
        // Header, question (name 13, type 2, class 2), owner as a pointer 2, type 2, class 2: then the TTL.
        bytes[12 + 17 + 6] = (byte) 0x80;

        assertThat(ttl(DnsCodec.read(bytes, ID, "example.com", MX))).isZero();
    }

    @Test
    void announcedCountsThatCannotFitAreRefusedBeforeAnythingIsReserved() {
        byte[] bytes = message("example.com", Type.MX).message.toWire();
        bytes[6] = (byte) 0xff;
        bytes[7] = (byte) 0xff;

        assertThat(DnsCodec.read(bytes, ID, "example.com", MX)).isInstanceOf(Reading.ServerFailed.class);
    }

    @Test
    void pointersThatLeadInACircleAreRefused() {
        byte[] bytes = message("example.com", Type.MX)
                .answer("example.com MX 60 10 mx.example.com.")
                .message
                .toWire();
        int owner = 12 + 17;
        bytes[owner] = (byte) 0xc0;
        bytes[owner + 1] = (byte) owner;

        assertThat(DnsCodec.read(bytes, ID, "example.com", MX)).isInstanceOf(Reading.ServerFailed.class);
    }

    @Test
    void noMutationOfAnAnswerHurts() {
        byte[] good = message("example.com", Type.MX)
                .answer("example.com CNAME 120 mail.example.net.")
                .answer("mail.example.net MX 60 10 mx.example.com.")
                .answer("mail.example.net TXT 60 \"some text\"")
                .in(Section.AUTHORITY, "example.net SOA 300 ns.example. admin.example. 1 3600 600 86400 900")
                .in(Section.ADDITIONAL, "mx.example.com AAAA 60 2001:db8::1")
                .in(Section.ADDITIONAL, "mx.example.com A 60 192.0.2.1")
                .message
                .toWire();
        var random = new Random(20);
        int complete = 0;
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = mutated(good, random);
            if (DnsCodec.read(bytes, ID, "example.com", MX) instanceof Reading.Complete) {
                complete++;
            }
        }
        assertThat(complete).isPositive();
    }

    @Test
    void noRandomBytesHurt() {
        var random = new Random(21);
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 12) {
                // Past the checks of the header, into the records.
                bytes[2] = (byte) 0x80;
                bytes[3] = 0;
                bytes[4] = 0;
                bytes[6] = 0;
                bytes[8] = 0;
                bytes[10] = 0;
            }
            assertThat(DnsCodec.read(bytes, ID, "example.com", MX)).isNotNull();
        }
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int i = random.nextInt(6); i >= 0; i--) {
            bytes[2 + random.nextInt(bytes.length - 2)] = (byte) random.nextInt(256);
        }
        return random.nextInt(4) == 0 ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 50)) : bytes;
    }

    private static long ttl(Reading reading) {
        return ((Reading.Complete) reading).ttlSeconds();
    }

    private static Reading read(Draft draft) {
        return DnsCodec.read(draft.message.toWire(), ID, "example.com", MX);
    }

    private static Draft denial(String soa) {
        return message("example.com", Type.MX).in(Section.AUTHORITY, soa);
    }

    private static Draft message(String name, int type) {
        return new Draft(name, type);
    }

    /// A message by records written `name TYPE ttl data`.
    private static final class Draft {
        private final Message message = new Message(ID);

        Draft(String name, int type) {
            message.getHeader().setFlag(Flags.QR);
            message.addRecord(Record.newRecord(Name.fromConstantString(name + "."), type, DClass.IN), Section.QUESTION);
        }

        Draft answer(String record) {
            return in(Section.ANSWER, record);
        }

        Draft in(int section, String record) {
            String[] words = record.split(" ", 4);
            try {
                message.addRecord(
                        Record.fromString(
                                Name.fromConstantString(words[0] + "."),
                                Type.value(words[1]),
                                DClass.IN,
                                Long.parseLong(words[2]),
                                words[3],
                                Name.root),
                        section);
            } catch (java.io.IOException wrong) {
                throw new IllegalArgumentException(record, wrong);
            }
            return this;
        }
    }
}
