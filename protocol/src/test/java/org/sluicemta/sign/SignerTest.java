package org.sluicemta.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Source: RFC 6376, RFC 8463.
class SignerTest {
    private static final DomainKey.NewPair RSA = DomainKey.generate(DomainKey.Algorithm.RSA_SHA256, 2048);
    private static final DomainKey.NewPair ED25519 = DomainKey.generate(DomainKey.Algorithm.ED25519_SHA256, 0);
    private static final Identity IDENTITY = new Identity("example.com", "s1", "@news.example.com");
    private static final long NOW = 1_700_000_000;

    /// RFC 8463 appendix A: one message with a signature of each kind.
    private static final String DINNER = """
            DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
             d=football.example.com; i=@football.example.com;
             q=dns/txt; s=brisbane; t=1528637909; h=from : to :
             subject : date : message-id : from : subject : date;
             bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
             b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
             Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
            DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
             d=football.example.com; i=@football.example.com;
             q=dns/txt; s=test; t=1528637909; h=from : to : subject :
             date : message-id : from : subject : date;
             bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
             b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
             DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
             dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
            From: Joe SixPack <joe@football.example.com>
            To: Suzie Q <suzie@shopping.example.net>
            Subject: Is dinner ready?
            Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
            Message-ID: <20030712040037.46341.5F8J@football.example.com>

            Hi.

            We lost the game.  Are you hungry yet?

            Joe.
            """.replace("\n", "\r\n");

    @Test
    void theEd25519ExampleOfTheStandardHolds() throws Exception {
        var key = Verifier.key("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        assertThat(Verifier.verify(DINNER, 0, key)).isEmpty();
        assertThat(Verifier.verify(DINNER.replace("dinner", "supper"), 0, key)).isEqualTo("signature");
        assertThat(Verifier.verify(DINNER.replace("hungry", "thirsty"), 0, key)).isEqualTo("body");
    }

    @Test
    void theRsaExampleOfTheStandardHasTheBodyHashOfOurs() {
        byte[] body = DINNER.substring(DINNER.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.US_ASCII);
        assertThat(hash(Canonicalization.RELAXED, body)).isEqualTo("2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
    }

    @Test
    void theKeyOfTheStandardSigns() throws Exception {
        DomainKey key = DomainKey.ofEd25519(Base64.getDecoder().decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="));
        String message = DINNER.substring(DINNER.indexOf("From:"));
        String signed =
                signed(message, key, new Identity("football.example.com", "brisbane", ""), SignatureForm.DEFAULT);
        assertThat(Verifier.verify(
                        signed, 0, Verifier.key("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")))
                .isEmpty();
    }

    private static String hash(Canonicalization form, byte[] body) {
        return Base64.getEncoder()
                .encodeToString(new BodyHash(form).update(ByteBuffer.wrap(body)).digest());
    }

    private static String hash(Canonicalization form, String body) {
        return hash(form, body.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void emptyBodiesHaveTheHashesOfTheStandard() {
        String crlf = "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=";
        String nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        for (String empty : List.of("", "\r\n", "\r\n\r\n\r\n")) {
            assertThat(hash(Canonicalization.SIMPLE, empty)).isEqualTo(crlf);
            assertThat(hash(Canonicalization.RELAXED, empty)).isEqualTo(nothing);
        }
        assertThat(hash(Canonicalization.RELAXED, " \t\r\n \r\n")).isEqualTo(nothing);
        assertThat(hash(Canonicalization.SIMPLE, " \t\r\n \r\n")).isNotEqualTo(crlf);
    }

    /// RFC 6376 section 3.4.5.
    @Test
    void bodiesAreMadeCanonicalAsInTheStandardsExample() {
        String body = " C \r\nD \t E\r\n\r\n\r\n";
        assertThat(hash(Canonicalization.RELAXED, body)).isEqualTo(plain(" C\r\nD E\r\n"));
        assertThat(hash(Canonicalization.SIMPLE, body)).isEqualTo(plain(" C \r\nD \t E\r\n"));
        assertThat(hash(Canonicalization.RELAXED, "a\r\n\r\nb")).isEqualTo(plain("a\r\n\r\nb\r\n"));
        assertThat(hash(Canonicalization.SIMPLE, "a\r\n\r\nb")).isEqualTo(plain("a\r\n\r\nb\r\n"));
        assertThat(hash(Canonicalization.RELAXED, "a \t")).isEqualTo(plain("a\r\n"));
    }

    private static String plain(String canonical) {
        return Base64.getEncoder().encodeToString(Signer.sha256(canonical.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /// Against the rules of RFC 6376 sections 3.4.3 and 3.4.4 as expressions: lines that stay as they are
    /// go another way than those that change.
    @Test
    void theBodyHashIsThatOfTheCanonicalText() {
        var random = new Random(11);
        String[] parts = {
            "a",
            " ",
            "  ",
            "\t",
            "\r\n",
            "\r\n",
            "\r\n\r\n",
            "\r",
            "\n",
            "seven c",
            "eight ch",
            "fifteen letters",
            "é",
            " \r\n",
            "a line of usual text, as it stands in a letter\r\n",
            "x".repeat(76) + "\r\n",
            "y".repeat(9_000)
        };
        for (int round = 0; round < 3_000; round++) {
            var body = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                body.append(parts[random.nextInt(round % 50 == 0 ? parts.length : parts.length - 1)]);
            }
            String text = new String(body.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            String simple = text.replaceFirst("(\r\n)*\\z", "") + "\r\n";
            String blanks = text.replaceAll("[ \t]+", " ").replaceAll(" (?=\r\n|\\z)", "");
            String relaxed = blanks.replaceFirst("(\r\n)*\\z", "");
            relaxed = relaxed.isEmpty() ? "" : relaxed + "\r\n";

            assertThat(hash(Canonicalization.SIMPLE, text.getBytes(StandardCharsets.ISO_8859_1)))
                    .as("simple %s", text)
                    .isEqualTo(plain(simple));
            assertThat(hash(Canonicalization.RELAXED, text.getBytes(StandardCharsets.ISO_8859_1)))
                    .as("relaxed %s", text)
                    .isEqualTo(plain(relaxed));
        }
    }

    @Test
    void theBodyHashDoesNotDependOnWhereThePiecesEnd() {
        var random = new Random(4);
        for (int round = 0; round < 500; round++) {
            var body = new StringBuilder();
            String[] parts = {"a", " ", "\t", "\r\n", "\r\n\r\n", "long words", "é"};
            for (int i = random.nextInt(40); i > 0; i--) {
                body.append(parts[random.nextInt(parts.length)]);
            }
            byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
            for (Canonicalization form : Canonicalization.values()) {
                var pieces = new BodyHash(form);
                for (int at = 0; at < bytes.length; ) {
                    int length = Math.min(bytes.length - at, random.nextInt(4));
                    pieces.update(ByteBuffer.wrap(bytes, at, length));
                    at += length;
                }
                assertThat(Base64.getEncoder().encodeToString(pieces.digest()))
                        .as("%s", body)
                        .isEqualTo(hash(form, bytes));
            }
        }
    }

    private static String signed(String message, DomainKey key, Identity identity, SignatureForm form) {
        int end = message.indexOf("\r\n\r\n");
        byte[] hash = new BodyHash(form.body())
                .update(ByteBuffer.wrap(message.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1)))
                .digest();
        byte[] header = message.substring(0, end + 2).getBytes(StandardCharsets.ISO_8859_1);
        return new String(Signer.sign(header, hash, key, identity, form, NOW), StandardCharsets.US_ASCII) + message;
    }

    @Test
    void whatIsSignedHoldsInEveryFormAndWithBothKinds() throws Exception {
        String[] messages = {
            "From: a@example.com\r\nSubject:  x \t y\r\n  folded\r\nTo: b@example.net\r\n\r\nbody  text \r\n\r\n",
            "Received: from x\r\n\tby y\r\nFROM : a@example.com\r\n\r\n",
            "From: a@example.com\r\nTo: one\r\nTo: two\r\nX-Mine: 1\r\nX-Mine: 2\r\nSubject:\r\n\r\nx",
            "From: =?utf-8?q?=C3=A9?= <a@example.com>\r\nDate: Fri, 1 Jan 2021 00:00:00 +0000\r\n\r\n.\r\n..\r\n",
        };
        for (String message : messages) {
            for (Canonicalization headers : Canonicalization.values()) {
                for (Canonicalization body : Canonicalization.values()) {
                    var form = new SignatureForm(
                            headers,
                            body,
                            List.of("x-mine"),
                            List.of(name -> name.startsWith("x-t")),
                            List.of("x-closed"),
                            true,
                            OptionalLong.of(86_400),
                            "dns/txt");
                    for (DomainKey.NewPair pair : List.of(RSA, ED25519)) {
                        String signed = signed(message, DomainKey.parse(pair.pem()), IDENTITY, form);
                        assertThat(Verifier.verify(signed, 0, Verifier.key(pair.record())))
                                .as(signed)
                                .isEmpty();
                        assertThat(signed.lines().mapToInt(String::length)).allMatch(length -> length <= 78);
                    }
                }
            }
        }
    }

    @Test
    void relaxedSignaturesSurviveFoldingAndSimpleOnesDoNot() throws Exception {
        String message = "From: a@example.com\r\nSubject: one two\r\n\r\nbody\r\n";
        DomainKey key = DomainKey.parse(RSA.pem());
        String relaxed = signed(message, key, IDENTITY, SignatureForm.DEFAULT);
        assertThat(Verifier.verify(relaxed.replace("one two", "one\r\n\t two "), 0, Verifier.key(RSA.record())))
                .isEmpty();
        var simple = new SignatureForm(
                Canonicalization.SIMPLE,
                Canonicalization.SIMPLE,
                List.of(),
                List.of(),
                List.of(),
                false,
                OptionalLong.empty(),
                "");
        assertThat(Verifier.verify(
                        signed(message, key, IDENTITY, simple).replace("one two", "one\r\n\t two"),
                        0,
                        Verifier.key(RSA.record())))
                .isEqualTo("signature");
    }

    @Test
    void nothingThatReadersBelieveCanBeAdded() throws Exception {
        String message = "From: a@example.com\r\nSubject: one\r\n\r\nbody\r\n";
        String signed = signed(message, DomainKey.parse(ED25519.pem()), IDENTITY, SignatureForm.DEFAULT);
        for (String field : SignatureForm.CLOSED) {
            assertThat(Verifier.verify(field + ": x\r\n" + signed, 0, Verifier.key(ED25519.record())))
                    .as(field)
                    .isEqualTo("signature");
        }
        assertThat(Verifier.verify("Received: x\r\nX-Other: y\r\n" + signed, 0, Verifier.key(ED25519.record())))
                .isEmpty();
    }

    @Test
    void aSignatureSaysWhatWasAsked() {
        String message = "Received: x\r\nFrom: a@example.com\r\nX-Mine: 1\r\nReturn-Path: <x@y>\r\n\r\n";
        var form = new SignatureForm(
                Canonicalization.RELAXED,
                Canonicalization.SIMPLE,
                List.of("x-mine", "received"),
                List.of(),
                List.of(),
                true,
                OptionalLong.of(100),
                "dns/txt");
        String signed = signed(message, DomainKey.parse(RSA.pem()), IDENTITY, form);
        var tags = Verifier.tags(HeaderField.all(signed.getBytes(StandardCharsets.US_ASCII))
                .getFirst()
                .value());
        assertThat(tags)
                .containsEntry("v", "1")
                .containsEntry("a", "rsa-sha256")
                .containsEntry("c", "relaxed/simple")
                .containsEntry("d", "example.com")
                .containsEntry("s", "s1")
                .containsEntry("i", "@news.example.com")
                .containsEntry("t", "" + NOW)
                .containsEntry("x", "" + (NOW + 100))
                .containsEntry("q", "dns/txt");
        assertThat(tags.get("h").replaceAll("\\s", ""))
                .startsWith("x-mine:from:from:to:")
                .doesNotContain("received", "return-path");
    }

    @Test
    void withoutFromNothingIsSigned() {
        assertThatThrownBy(
                        () -> signed("To: x\r\n\r\n", DomainKey.parse(ED25519.pem()), IDENTITY, SignatureForm.DEFAULT))
                .isInstanceOf(SignException.class)
                .hasMessageContaining("From");
    }

    @Test
    void identitiesOutsideTheDomainAreRefused() {
        assertThatThrownBy(() -> new Identity("example.com", "s", "@example.org"))
                .hasMessageContaining("not in the domain");
        assertThatThrownBy(() -> new Identity("example.com", "s", "@badexample.com"))
                .hasMessageContaining("not in the domain");
        assertThatThrownBy(() -> new Identity("example.com; x", "s", "")).hasMessageContaining("no domain");
        assertThatThrownBy(() -> new Identity("example.com", "s;", "")).hasMessageContaining("no selector");
    }
}
