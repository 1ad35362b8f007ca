package org.sluicemta.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyTest {
    @Test
    void whatSteersATerminalIsNotInAReply() {
        String text = "\u001b[31m\u009b32m\u202e\u2028\u2066\u0085 gr\u00fcn";
        var found = ReplyDecoderProperties.decode(("250 " + text + "\r\n").getBytes(StandardCharsets.UTF_8), 1 << 16);

        assertThat(found).hasSize(1);
        assertThat(((Reply) found.getFirst()).text()).isEqualTo("250 ?[31m?32m???? gr\u00fcn");
    }

    private static List<Object> decode(String wire) {
        return ReplyDecoderProperties.decode(wire.getBytes(StandardCharsets.ISO_8859_1), 1 << 16);
    }

    @Test
    void aCodeAloneIsAReply() {
        assertThat(decode("250\r\n250-\r\n250 \r\n"))
                .containsExactly(Reply.of(250, ""), Reply.of(ReplyCode.of(250), List.of("", "")));
    }

    @Test
    void theLastLineDecides() {
        assertThat(decode("550-no\r\n450 later\r\n"))
                .containsExactly(Reply.of(ReplyCode.of(450), List.of("no", "later")));
    }

    @Test
    void bareLineFeedsAreTakenFromServers() {
        assertThat(decode("250 a\n250 b\r\n")).containsExactly(Reply.of(250, "a"), Reply.of(250, "b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "25\r\n",
                "\r\n",
                "abc ok\r\n",
                "250ok\r\n",
                "199 x\r\n",
                "600 x\r\n",
                "250 \0\r\n",
                "2x0 a\r\n",
                " 250 a\r\n"
            })
    void whatIsNoReplyBreaksTheSession(String wire) {
        List<Object> found = decode(Transcript.unescape(wire));
        assertThat(found).hasSize(1);
        assertThat(found.getFirst()).isInstanceOf(String.class);
    }

    @Test
    void linesAreLongUpToABound() {
        assertThat(decode("250 " + "x".repeat(4091) + "\r\n")).hasOnlyElementsOfType(Reply.Completion.class);
        assertThat(decode("250 " + "x".repeat(4093) + "\r\n").getFirst()).isInstanceOf(String.class);
    }

    @Test
    void repliesAreLongUpToABoundAndTheirTextIsCut() {
        List<Object> found = decode("250-a\r\n".repeat(127) + "250 z\r\n");
        assertThat(((Reply) found.getFirst()).lines()).hasSize(128);
        assertThat(decode("250-a\r\n".repeat(128) + "250 z\r\n").getFirst()).isInstanceOf(String.class);

        Reply cut = (Reply) decode(("250-" + "x".repeat(4000) + "\r\n").repeat(4) + "250 z\r\n")
                .getFirst();
        assertThat(cut.lines().stream().mapToInt(String::length).sum()).isBetween(8000, 8192 + 8);
        assertThat(decode(("250-" + "x".repeat(4000) + "\r\n").repeat(20)).getFirst())
                .isInstanceOf(String.class);
    }

    @Test
    void controlCharactersOfTheRemoteAreReplacedAndForeignLettersKept() {
        Reply reply =
                (Reply) decode("550 a\u001bb\u007fc \u00c3\u00b6 \u00ff\r\n").getFirst();
        assertThat(reply.text()).isEqualTo("550 a?b?c \u00f6 \ufffd");
    }

    @Test
    void aRepeatedReplyIsTheSameObject() {
        var decoder = new ReplyDecoder();
        var wire = ByteBuffer.wrap("250 2.1.0 Ok\r\n250 2.1.0 Ok\r\n".getBytes(StandardCharsets.ISO_8859_1));
        decoder.read(wire);
        Reply first = decoder.reply();
        decoder.read(wire);
        assertThat(decoder.reply()).isSameAs(first);
    }

    @Test
    void theTextJoinsLinesWithoutRepeatedEnhancedCodes() {
        assertThat(Reply.of(ReplyCode.of(550), List.of("5.7.1 blocked", "5.7.1 see", "5.7.1", "5.1.1 other"))
                        .text())
                .isEqualTo("550 5.7.1 blocked see 5.1.1 other");
        assertThat(Reply.of(250, "").text()).isEqualTo("250");
    }

    @ParameterizedTest
    @CsvSource({
        "550,5.1.1 no,5.1.1",
        "550,5.1.1,5.1.1",
        "450,5.1.1 no,''",
        "550,5.1 no,''",
        "550,5.1.1no,''",
        "250,2.1234.1 x,''",
        "550,15.1.1 x,''",
        "550,5.1.1. x,''",
        "550,'',''",
        "550,5.999.999 x,5.999.999"
    })
    void anEnhancedCodeCountsWhenItsClassFits(int code, String text, String enhanced) {
        assertThat(Reply.of(code, text)
                        .enhanced()
                        .map(EnhancedStatusCode::toString)
                        .orElse(""))
                .isEqualTo(enhanced);
    }

    @Test
    void aReplyCannotHoldALineEnd() {
        assertThatThrownBy(() -> Reply.of(250, "ok\r\n250 injected")).isInstanceOf(SmtpException.class);
        assertThatThrownBy(() -> Reply.of(600, "ok")).isInstanceOf(SmtpException.class);
        assertThatThrownBy(() -> new Reply.Completion(ReplyCode.of(550), List.of("x")))
                .isInstanceOf(SmtpException.class);
    }

    @Test
    void capabilitiesAreReadFromTheKeywordLines() {
        Reply reply = Reply.of(
                ReplyCode.of(250),
                List.of("PIPELINING is my name", "size  1000", "AUTH plain LOGIN", "LIMITS RCPTMAX=50 MAILMAX=7", "x"));
        assertThat(Capabilities.ofEhlo(reply))
                .isEqualTo(new Capabilities(
                        java.util.EnumSet.of(Extension.SIZE, Extension.AUTH), 1000, List.of("PLAIN", "LOGIN"), 50, 7));
        assertThat(Capabilities.ofEhlo(Reply.of(ReplyCode.of(250), List.of("x", "SIZE", "SIZE=4", "SIZE no")))
                        .sizeLimit())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "452 x,true",
        "552 x,true",
        "452 4.5.3 x,true",
        "550 5.5.3 x,true",
        "452 4.2.2 full,false",
        "552 5.2.2 full,false",
        "450 x,false",
        "452 4.3.1 x,true",
        "452 4.7.1 x,false"
    })
    void tooManyRecipientsIsToldFromAFullMailbox(String reply, boolean isTooMany) {
        assertThat(SmtpClientEngine.meansTooMany(Reply.of(Integer.parseInt(reply.substring(0, 3)), reply.substring(4))))
                .isEqualTo(isTooMany);
    }
}
