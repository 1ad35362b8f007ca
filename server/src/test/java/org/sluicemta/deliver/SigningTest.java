package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.sluicemta.queue.Outcome;
import org.sluicemta.sign.Canonicalization;
import org.sluicemta.sign.DomainKey;
import org.sluicemta.sign.Identity;
import org.sluicemta.sign.SignatureForm;

class SigningTest {
    private static final DomainKey KEY = DomainKey.ofEd25519(new byte[32]);
    private static final Signing.Who SENDER_OR_FROM = new Signing.Who.SenderOrFrom();

    private static Signing.Key key(String selector, String domain) {
        return new Signing.Key(domain, selector, KEY, "file:1");
    }

    private static Signing.Plan plan(Signing.Who who) {
        return new Signing.Plan(who, Optional.empty(), SignatureForm.DEFAULT);
    }

    private static List<String> chosen(String header, List<Signing.Key> keys, Signing.Plan... plans) {
        byte[] section = (header.replace("\n", "\r\n") + "\r\n").getBytes(StandardCharsets.US_ASCII);
        return new Signing(List.of(plans), keys)
                .choose(section).stream()
                        .map(Signing.Chosen::identity)
                        .map(SigningTest::words)
                        .toList();
    }

    private static String words(Identity identity) {
        return identity.selector() + " " + identity.domain() + " " + identity.agent();
    }

    // --- which key

    @Test
    void theFirstKeyWhoseDomainIsTheIdentitysOrAParentSigns() {
        var keys = List.of(
                key("a", "other.example"), key("b", "example.com"), key("c", "news.example.com"), key("d", "*"));

        assertThat(chosen("From: x@news.example.com", keys, plan(SENDER_OR_FROM)))
                .containsExactly("b example.com x@news.example.com");
        assertThat(chosen("From: x@badexample.com", keys, plan(SENDER_OR_FROM)))
                .containsExactly("d badexample.com x@badexample.com");
        assertThat(chosen("From: x@badexample.com", keys.subList(0, 3), plan(SENDER_OR_FROM)))
                .isEmpty();
    }

    @Test
    void senderIsAskedBeforeFromUnlessFromIsMeantStrictly() {
        var keys = List.of(key("s", "*"));
        String header = "From: f@from.example\nSender: s@sender.example";

        assertThat(chosen(header, keys, plan(SENDER_OR_FROM))).containsExactly("s sender.example s@sender.example");
        assertThat(chosen(header, keys, plan(new Signing.Who.From()))).containsExactly("s from.example f@from.example");
        assertThat(chosen(header, keys, plan(new Signing.Who.Fixed("@esp.example"))))
                .containsExactly("s esp.example @esp.example");
    }

    @Test
    void theFallbackServesWhereNoKeyFits() {
        var plan = new Signing.Plan(
                SENDER_OR_FROM, Optional.of(new Signing.Who.Fixed("@esp.example")), SignatureForm.DEFAULT);
        var keys = List.of(key("s", "esp.example"));

        assertThat(chosen("From: x@customer.example", keys, plan)).containsExactly("s esp.example @esp.example");
        assertThat(chosen("To: x@customer.example", keys, plan)).isEmpty();
        assertThat(chosen("From: nobody", keys, plan)).containsExactly("s esp.example @esp.example");
    }

    @Test
    void twoSignaturesOfOneDomainTakeTwoKeys() {
        var keys = List.of(key("rsa", "example.com"), key("ed", "example.com"));
        String header = "From: x@example.com";

        assertThat(chosen(header, keys, plan(SENDER_OR_FROM), plan(SENDER_OR_FROM)))
                .containsExactly("rsa example.com x@example.com", "ed example.com x@example.com");
        assertThat(chosen(header, keys.subList(0, 1), plan(SENDER_OR_FROM), plan(SENDER_OR_FROM)))
                .containsExactly("rsa example.com x@example.com");
    }

    @Test
    void aLocalPartBeyondAsciiIsNotNamed() {
        byte[] header = "From: \u00e9@example.com\r\n".getBytes(StandardCharsets.UTF_8);

        assertThat(new Signing(List.of(plan(SENDER_OR_FROM)), List.of(key("s", "example.com")))
                        .choose(header)
                        .getFirst()
                        .identity()
                        .agent())
                .isEqualTo("@example.com");
    }

    @Test
    void theDomainIsNamedInALabelsWhateverTheHeaderWrites() {
        var keys = List.of(key("s", "xn--bcher-kva.example"), key("k", "bank.example"));

        assertThat(chosenUtf8("From: a@b\u00fccher.example", keys))
                .containsExactly("s xn--bcher-kva.example a@xn--bcher-kva.example");
        // The sign for Kelvin is a K to whoever folds case, and so is its identity.
        assertThat(chosenUtf8("From: a@BAN\u212a.example", keys)).containsExactly("k bank.example a@bank.example");
        assertThat(chosenUtf8("From: " + "a".repeat(65) + "@bank.example", keys))
                .containsExactly("k bank.example @bank.example");
    }

    @Test
    void aMessageWithTwoFromsIsNotMadeToLookRight() {
        assertThat(chosen("From: a@example.com\nFrom: b@example.com", List.of(key("s", "*")), plan(SENDER_OR_FROM)))
                .isEmpty();
    }

    private static List<String> chosenUtf8(String header, List<Signing.Key> keys) {
        return new Signing(List.of(plan(SENDER_OR_FROM)), keys)
                .choose((header + "\r\n").getBytes(StandardCharsets.UTF_8)).stream()
                        .map(Signing.Chosen::identity)
                        .map(SigningTest::words)
                        .toList();
    }

    // --- on the way

    private final DeliverStage stage = new DeliverStage();

    private void sign(Signing.Key... keys) {
        stage.wishes.put("dkim-sign", new Signing(List.of(plan(SENDER_OR_FROM)), List.of(keys)));
    }

    @Test
    void theSignatureStandsInFrontOfTheUnchangedMessage() {
        sign(key("s1", "example.com"));
        stage.first.listens();
        var mail = stage.mail("b@example.net");
        var second = stage.mail("c@example.net");

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(second.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.first.contents)
                .hasSize(2)
                .allSatisfy(content -> assertThat(content)
                        .startsWith("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;")
                        .contains("d=example.com; s=s1;")
                        .endsWith("From: a@example.com\nSubject: s\n\nText.\n"));
        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.server.slicesOut()).isZero();
    }

    @Test
    void aSignatureIsUsedAgainForTenMinutesAndForHalfItsLife() {
        var brief = new SignatureForm(
                Canonicalization.RELAXED,
                Canonicalization.RELAXED,
                List.of(),
                List.of(),
                List.of(),
                true,
                OptionalLong.of(120),
                "");
        stage.first.listens();
        for (SignatureForm form : List.of(timestamped(), brief)) {
            stage.first.contents.clear();
            stage.wishes.put(
                    "dkim-sign",
                    new Signing(
                            List.of(new Signing.Plan(SENDER_OR_FROM, Optional.empty(), form)),
                            List.of(key("s1", "example.com"))));
            stage.delivery().adopt(stage.snapshot());
            var mail = stage.mail("b@example.net");
            stage.open();
            for (int seconds : List.of(30, 50, 600)) {
                stage.pass(Duration.ofSeconds(seconds));
                stage.again(mail, "c@example.net");
                stage.open();
            }

            List<String> made = stage.first.contents.stream()
                    .map(content -> content.replaceAll("(?s).*\\bt=(\\d+);.*", "$1"))
                    .toList();
            assertThat(made).hasSize(4);
            assertThat(made.get(1)).isEqualTo(made.get(0));
            assertThat(made.get(2).equals(made.get(0))).isEqualTo(form != brief);
            assertThat(made.get(3)).isNotEqualTo(made.get(2));
        }
    }

    private static SignatureForm timestamped() {
        return new SignatureForm(
                Canonicalization.RELAXED,
                Canonicalization.RELAXED,
                List.of(),
                List.of(),
                List.of(),
                true,
                OptionalLong.empty(),
                "");
    }

    @Test
    void withoutAFittingKeyMailGoesAsItIs() {
        sign(key("s1", "other.example"));
        stage.first.listens();
        stage.mail("b@example.net");

        stage.open();

        assertThat(stage.first.contents).containsExactly("From: a@example.com\nSubject: s\n\nText.\n");
    }

    @Test
    void mailThatCannotBeSignedWaits() {
        var dead = new java.security.PrivateKey() {
            private static final long serialVersionUID = 1;

            @Override
            public String getAlgorithm() {
                return "Ed25519";
            }

            @Override
            public @org.jspecify.annotations.Nullable String getFormat() {
                return null;
            }

            @Override
            public byte @org.jspecify.annotations.Nullable [] getEncoded() {
                return null;
            }
        };
        sign(new Signing.Key(
                "example.com", "s1", new DomainKey(DomainKey.Algorithm.ED25519_SHA256, dead, 256), "file:7"));
        stage.first.listens();
        var mail = stage.mail("b@example.net");

        var opening = stage.open();

        assertThat(mail.only()).isInstanceOfSatisfying(Outcome.Deferred.class, deferred -> {
            assertThat(deferred.status()).isEqualTo("4.3.5");
            assertThat(deferred.diagnostic()).contains("cannot be signed");
        });
        assertThat(stage.first.contents).isEmpty();
        stage.pass(Duration.ofSeconds(10));
        assertThat(opening.ends).isEqualTo(1);
        assertThat(stage.server.slicesOut()).isZero();
    }

    @Test
    void whatIsBeingSignedWhenTheAttemptEndsGoesBack() {
        sign(key("s1", "example.com"));
        stage.first.listens();
        stage.refusedWorks = 1_000_000;
        var mail = stage.mail("b@example.net");
        var opening = stage.open();
        assertThat(mail.outcomes).isEmpty();

        stage.abort();

        assertThat(mail.only()).isInstanceOf(Outcome.Untouched.class);
        assertThat(opening.ends).isEqualTo(1);
        stage.refusedWorks = 0;
        stage.pass(Duration.ofSeconds(1));
        assertThat(stage.works).isEqualTo(1);
        assertThat(stage.first.contents).isEmpty();
        assertThat(stage.server.slicesOut()).isZero();
    }

    @Test
    void aMessageForWhichManySessionsWaitIsSignedOnce() {
        sign(key("s1", "example.com"));
        stage.first.listens();
        stage.refusedWorks = 1_000_000;
        var mail = stage.mail("b@example.net");
        stage.open();
        var same = stage.again(mail, "c@example.net");
        stage.open();

        stage.refusedWorks = 0;
        stage.pass(Duration.ofSeconds(1));

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(same.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.works).isEqualTo(1);
    }

    @Test
    void fieldsThatAreNotSentAreNotSignedAndTheStoredMessageStays() {
        sign(key("s1", "example.com"));
        stage.wishes.put("remove-header", List.of("subject"));
        stage.first.listens();
        var mail = stage.mail("b@example.net");

        stage.open();

        assertThat(mail.only()).isInstanceOf(Outcome.Delivered.class);
        assertThat(stage.first.contents)
                .singleElement()
                .satisfies(content -> assertThat(content)
                        .startsWith("DKIM-Signature: ")
                        .endsWith("From: a@example.com\n\nText.\n")
                        .doesNotContain("Subject: "));

        stage.wishes.remove("remove-header");
        stage.delivery().adopt(stage.snapshot());
        stage.again(mail, "c@example.net");
        stage.open();
        assertThat(stage.first.contents.getLast()).endsWith("Subject: s\n\nText.\n");
        // Subject is always covered, so that a signature over what was stored would be the same.
        assertThat(stage.first.contents).extracting(SigningTest::signature).doesNotHaveDuplicates();
        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.server.slicesOut()).isZero();
    }

    private static String signature(String content) {
        return content.substring(content.lastIndexOf("b="), content.indexOf("From: "));
    }

    @Test
    void fieldsAreLeftOutWithoutAKeyToo() {
        stage.wishes.put("remove-header", List.of("subject"));
        stage.first.listens();
        stage.mail("b@example.net");

        stage.open();

        assertThat(stage.first.contents).containsExactly("From: a@example.com\n\nText.\n");
    }
}
