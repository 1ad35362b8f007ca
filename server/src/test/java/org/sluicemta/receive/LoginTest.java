package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Source: RFC 4954, RFC 4616, RFC 2195.
class LoginTest {
    private final ReceiveStage stage = new ReceiveStage(11);

    LoginTest() {
        stage.users.put("joe", "pass word");
        stage.wishes.put("allow-unencrypted-plain-auth", true);
        stage.wishes.put("always-allow-relaying", false);
        stage.adopt();
    }

    private void wish(String name, Object value) {
        stage.wishes.put(name, value);
        stage.adopt();
    }

    private ReceiveStage.Client greeted() {
        var client = stage.client();
        client.says("EHLO client.example\r\n");
        return client;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static final String RIGHT = base64("\0joe\0pass word");
    private static final String WRONG = base64("\0joe\0guess");

    // --- what is offered

    @Test
    void mechanismsAreOfferedAsTheSourceAllows() {
        assertThat(stage.client().says("EHLO c\r\n")).contains("AUTH CRAM-MD5 PLAIN LOGIN\r\n");
        wish("allow-unencrypted-plain-auth", false);
        assertThat(stage.client().says("EHLO c\r\n")).contains("AUTH CRAM-MD5\r\n");
        wish("require-starttls-before-auth", true);
        assertThat(stage.client().says("EHLO c\r\n")).doesNotContain("AUTH");
        wish("require-starttls-before-auth", false);
        wish("allow-auth", false);
        assertThat(stage.client().says("EHLO c\r\n")).doesNotContain("AUTH");
    }

    @Test
    void withoutUsersThereIsNoAuth() {
        stage.users.clear();
        stage.adopt();
        var client = stage.client();

        assertThat(client.says("EHLO c\r\n")).doesNotContain("AUTH");
        assertThat(client.says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("502 ");
    }

    @Test
    void aMechanismThatIsNotOfferedIsRefusedWithItsReason() {
        wish("allow-unencrypted-plain-auth", false);
        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("538 5.7.11 ");
        assertThat(greeted().says("AUTH GSSAPI\r\n")).startsWith("504 5.5.4 ");
        wish("require-starttls-before-auth", true);
        assertThat(greeted().says("AUTH CRAM-MD5\r\n")).startsWith("530 5.7.0 ");
        wish("allow-auth", false);
        assertThat(greeted().says("AUTH CRAM-MD5\r\n")).startsWith("504 5.5.4 ");
    }

    // --- the ways in

    @Test
    void plainComesWithTheCommandOrBehindIt() {
        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).isEqualTo("235 2.7.0 authentication succeeded\r\n");
        var client = greeted();
        assertThat(client.says("auth plain\r\n")).isEqualTo("334 \r\n");
        assertThat(client.says(RIGHT + "\r\n")).startsWith("235 2.7.0 ");
        assertThat(greeted().says("AUTH PLAIN " + base64("joe\0joe\0pass word") + "\r\n"))
                .startsWith("235 ");
    }

    @Test
    void loginAsksForNameAndPassword() {
        var client = greeted();
        assertThat(client.says("AUTH LOGIN\r\n")).isEqualTo("334 VXNlcm5hbWU6\r\n");
        assertThat(client.says(base64("joe") + "\r\n")).isEqualTo("334 UGFzc3dvcmQ6\r\n");
        assertThat(client.says(base64("pass word") + "\r\n")).startsWith("235 2.7.0 ");
        var quick = greeted();
        assertThat(quick.says("AUTH LOGIN " + base64("joe") + "\r\n")).isEqualTo("334 UGFzc3dvcmQ6\r\n");
        assertThat(quick.says(base64("pass word") + "\r\n")).startsWith("235 2.7.0 ");
    }

    @Test
    void cramMd5SignsAChallengeThatIsNewEachTime() throws Exception {
        var first = greeted();
        var second = greeted();
        String challenge = first.says("AUTH CRAM-MD5\r\n");
        assertThat(challenge).startsWith("334 ").isNotEqualTo(second.says("AUTH CRAM-MD5\r\n"));
        byte[] asked = Base64.getDecoder().decode(challenge.substring(4).strip());
        assertThat(new String(asked, StandardCharsets.US_ASCII)).matches("<[^ <>@]+@mx\\.sluice\\.example>");

        Mac mac = Mac.getInstance("HmacMD5");
        mac.init(new SecretKeySpec("pass word".getBytes(StandardCharsets.UTF_8), "HmacMD5"));
        String digest = HexFormat.of().formatHex(mac.doFinal(asked));

        assertThat(first.says(base64("joe " + digest) + "\r\n")).startsWith("235 2.7.0 ");
        second.sends(base64("joe " + digest) + "\r\n");
        stage.pass(Duration.ofSeconds(1));
        assertThat(second.hears()).startsWith("535 5.7.8 ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AUTH|501 5.5.4",
                "AUTH PLAIN a b|501 5.5.4",
                "AUTH PLAIN !!!|501 5.5.2",
                "AUTH PLAIN =|501 5.5.2",
                "AUTH PLAIN am9l|501 5.5.2",
                "AUTH CRAM-MD5 am9l|501 5.5.2",
                "AUTH LOGIN =|501 5.5.2",
                // admin NUL joe NUL pass word
                "AUTH PLAIN YWRtaW4Aam9lAHBhc3Mgd29yZA==|535 5.7.8",
            })
    void whatDoesNotFitIsRefused(String command, String answer) {
        var client = greeted();

        assertThat(client.says(command + "\r\n")).startsWith(answer);
        assertThat(client.says("NOOP\r\n")).startsWith("250 ");
    }

    @Test
    void aLogInCanBeCancelledAndIsBounded() {
        var client = greeted();
        client.says("AUTH LOGIN\r\n");
        assertThat(client.says("*\r\n")).startsWith("501 5.7.0 ");
        client.says("AUTH PLAIN\r\n");
        assertThat(client.says("A".repeat(12_400) + "\r\n")).startsWith("500 5.5.6 ");
        client.says("AUTH PLAIN\r\n");
        assertThat(client.says("A".repeat(12_000) + "\r\n")).startsWith("501 5.5.2 ");
        client.says("AUTH PLAIN\r\n");
        stage.pass(Duration.ofMinutes(6));
        assertThat(client.hears()).startsWith("421 4.4.2 ");
    }

    @Test
    void authHasItsPlace() {
        var client = stage.client();
        client.hears();
        assertThat(client.says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("503 ");
        client.says("EHLO c\r\nMAIL FROM:<a@example.com>\r\n");
        assertThat(client.says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("503 5.5.1 ");
        client.says("RSET\r\n");
        assertThat(client.says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("235 ");
        assertThat(client.says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("503 5.5.1 ");
        assertThat(client.says("MAIL FROM:<a@example.com> AUTH=joe+40example.com\r\n"))
                .startsWith("250 ");
    }

    // --- what a log-in changes

    @Test
    void whoHasLoggedInHasTheSourceOfTheUser() {
        var client = greeted();
        client.says("AUTH PLAIN " + RIGHT + "\r\n");
        client.says("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");

        assertThat(client.says("Subject: x\r\n\r\n.\r\n")).startsWith("250 ");
        assertThat(stage.onlyText()).contains(" with ESMTPA id ");
    }

    @Test
    void theTighterSizeOfAddressAndUserHolds() {
        stage.usersMaxBytes = 100;
        stage.adopt();
        var client = greeted();
        client.says("AUTH PLAIN " + RIGHT + "\r\n");

        assertThat(client.says("MAIL FROM:<a@example.com> SIZE=101\r\n")).startsWith("552 5.3.4 ");
        client.says("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        assertThat(client.says("Subject: x\r\n\r\n" + "y".repeat(100) + "\r\n.\r\n"))
                .startsWith("552 5.3.4 ");
        client.says("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
        assertThat(client.says("Subject: x\r\n\r\ny\r\n.\r\n")).startsWith("250 ");
        assertThat(stage.slicesOut()).isZero();
    }

    @Test
    void mailBeforeTheLogInIsRefusedWhereOneIsRequired() {
        wish("require-auth", true);
        var client = greeted();

        assertThat(client.says("MAIL FROM:<a@example.com>\r\n")).startsWith("530 5.7.0 ");
        client.says("AUTH PLAIN " + RIGHT + "\r\n");
        assertThat(client.says("MAIL FROM:<a@example.com>\r\n")).startsWith("250 ");
    }

    // --- guessing

    @Test
    void failuresAreAnsweredLaterAndLaterAndTheThirdEndsTheSession() {
        var client = greeted();
        long[] waited = new long[3];
        for (int i = 0; i < 3; i++) {
            client.sends("AUTH PLAIN " + WRONG + "\r\n");
            String heard = "";
            while (heard.isEmpty()) {
                stage.pass(Duration.ofMillis(100));
                waited[i] += 100;
                heard = client.hears();
            }
            assertThat(heard).startsWith("535 5.7.8 authentication failed\r\n");
            assertThat(heard.contains("421 4.7.0 ")).isEqualTo(i == 2);
        }
        assertThat(waited[0]).isBetween(500L, 900L);
        assertThat(waited[1]).isBetween(1_000L, 1_400L);
        assertThat(waited[2]).isBetween(2_000L, 2_400L);
        assertThat(client.isClosed).isTrue();
    }

    @Test
    void anUnknownNameAndAWrongPasswordLookAlike() {
        var client = greeted();
        client.sends("AUTH PLAIN " + base64("\0nobody\0x") + "\r\n");
        stage.pass(Duration.ofSeconds(1));

        assertThat(client.hears()).isEqualTo("535 5.7.8 authentication failed\r\n");
    }

    @Test
    void aRightPasswordIsNotDelayedAndForgivesHalf() {
        var guesser = greeted();
        guesser.sends("AUTH PLAIN " + WRONG + "\r\n");
        stage.pass(Duration.ofSeconds(1));
        guesser.sends("AUTH PLAIN " + WRONG + "\r\n");
        stage.pass(Duration.ofSeconds(2));

        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("235 ");
        var again = greeted();
        again.sends("AUTH PLAIN " + WRONG + "\r\n");
        stage.pass(Duration.ofMillis(900));
        assertThat(again.hears()).isEmpty();
        stage.pass(Duration.ofMillis(500));
        assertThat(again.hears()).startsWith("535 ");
    }

    @Test
    void newConnectionsDoNotGetAroundTheWaiting() {
        for (int i = 0; i < 5; i++) {
            greeted().sends("AUTH PLAIN " + base64("\0user" + i + "\0guess") + "\r\n");
            stage.pass(Duration.ofMillis(100));
        }

        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("454 4.7.0 ");
        stage.pass(Duration.ofSeconds(9));
        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("235 ");
    }

    @Test
    void aNameOfAnyLengthIsNotRemembered() {
        assertThat(greeted().says("AUTH PLAIN " + base64("\0" + "n".repeat(256) + "\0guess") + "\r\n"))
                .startsWith("501 5.5.2 ");
    }

    @Test
    void aUserWhoIsGoneOrChangedIsLoggedOutAtTheNextMessage() {
        var gone = greeted();
        gone.says("AUTH PLAIN " + RIGHT + "\r\n");
        stage.users.put("joe", "another");
        stage.adopt();

        assertThat(gone.says("MAIL FROM:<a@example.com>\r\n")).startsWith("421 4.7.0 ");
        assertThat(gone.isClosed).isTrue();
        stage.users.put("joe", "pass word");
        stage.adopt();
        var removed = greeted();
        removed.says("AUTH PLAIN " + RIGHT + "\r\n");
        stage.users.clear();
        stage.adopt();
        assertThat(removed.says("MAIL FROM:<a@example.com>\r\n")).startsWith("421 4.7.0 ");
    }

    @Test
    void anAddressAboveItsRateOfFailuresIsNotHeard() {
        wish("smtp-max-auth-failure-rate", Optional.of(new LoginPolicy.FailureRate(2, Duration.ofMinutes(1))));
        for (int i = 0; i < 2; i++) {
            greeted().sends("AUTH PLAIN " + WRONG + "\r\n");
            stage.pass(Duration.ofSeconds(2));
        }

        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("454 4.7.0 ");
        stage.pass(Duration.ofMinutes(1));
        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("235 ");
    }

    @Test
    void whoLeavesBeforeTheAnswerLeavesNothingBehind() {
        var client = greeted();
        client.sends("AUTH PLAIN " + WRONG + "\r\n");
        stage.pass(Duration.ofMillis(100));
        client.vanishes();
        stage.pass(Duration.ofSeconds(2));

        assertThat(stage.reception.facts().connections()).isZero();
    }

    @Test
    void passwordsAreNotPrinted() {
        assertThat(List.of(
                                new SmtpUser("joe", "secret", ""),
                                new org.sluicemta.smtp.Credentials.Password("joe", "secret"),
                                new org.sluicemta.smtp.Credentials.Digest("joe", "<1@x>", "secret"),
                                new org.sluicemta.smtp.Command.Auth("PLAIN", "secret"))
                        .toString())
                .doesNotContain("secret");
    }

    // --- tutorial spellings

    @Test
    void aPasswordOfTheSourceIsSharedByThoseWhoHaveNoNameOfTheirOwn() {
        stage.users.clear();
        wish("password", "our word");

        var client = greeted();
        assertThat(client.says("AUTH PLAIN " + base64("\0anybody\0our word") + "\r\n"))
                .startsWith("235 ");
        assertThat(client.says("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n"))
                .endsWith("250 2.1.5 RCPT ok\r\n");
        client.says("RSET\r\n");

        wish("password", "another word");
        assertThat(client.says("MAIL FROM:<a@example.com>\r\n")).startsWith("421 ");
    }

    @Test
    void theSharedPasswordIsNotOneOfUsersWhoHaveTheirOwn() {
        wish("password", "our word");
        var client = greeted();

        client.sends("AUTH PLAIN " + base64("\0joe\0our word") + "\r\n");
        stage.pass(Duration.ofSeconds(20));

        assertThat(client.hears()).startsWith("535 ");
        assertThat(greeted().says("AUTH PLAIN " + RIGHT + "\r\n")).startsWith("235 ");
    }

    @Test
    void theSourceMaySayWhichMechanismsThereAre() {
        wish("auth-type", java.util.Set.of(org.sluicemta.smtp.SaslMechanism.PLAIN));
        assertThat(stage.client().says("EHLO c\r\n")).contains("AUTH PLAIN\r\n");
        wish("auth-type", java.util.Set.of());
        assertThat(stage.client().says("EHLO c\r\n")).doesNotContain("AUTH");
    }
}
