package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sluicemta.deliver.DeliveryPolicies;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.receive.ListenerPolicies;
import org.sluicemta.tls.Identities;
import org.sluicemta.tls.OutgoingTls;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsPlan;

class TlsFilesTest {
    private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");
    private static final TlsIdentity MADE = new TlsIdentity(new byte[] {1}, new byte[] {2});

    private static TlsFiles read(String text) {
        return TlsFiles.read(MemoryFiles.load(text), TlsFilesTest::file, TlsFilesTest::unknown, NOW);
    }

    /// Several files in one, as a file with certificate and key is: `rsa.crt+rsa.key`.
    private static byte[] file(String path) throws IOException {
        var all = new java.io.ByteArrayOutputStream();
        for (String part : path.split("\\+")) {
            try (InputStream in = Identities.class.getResourceAsStream(part)) {
                if (in == null) {
                    throw new NoSuchFileException(part);
                }
                all.writeBytes(in.readAllBytes());
                all.write('\n');
            }
        }
        return all.toByteArray();
    }

    private static Optional<List<String>> unknown(String ciphers) {
        return ciphers.equals("NOTHING")
                ? Optional.empty()
                : Optional.of(ciphers.contains("RC4") ? List.of("RC4") : List.of());
    }

    private static TlsPlan.Server plan(String text, String listener) {
        Configuration configuration = MemoryFiles.load(text);
        TlsFiles files = read(text);
        assertThat(files.faults()).isEmpty();
        ListenerPolicies policies = Snapshot.of(configuration, "mx.example", List.of(), KeyFiles.NONE, files)
                .listenerPolicies(MADE, Duration.ofSeconds(5));
        return java.util.Objects.requireNonNull(policies.of(listener).tls());
    }

    @Test
    void aListenerInheritsWhatIsGlobalAndOverridesItLineByLine() {
        String text = """
                smtp-server-tls-certificate rsa.crt
                smtp-server-tls-private-key rsa.key
                smtp-server-tls-allow-tlsv1.1 yes
                smtp-server-tls-ciphers HIGH
                smtp-server-tls-ca-file ec.crt
                <smtp-listener 127.0.0.1:25>
                </smtp-listener>
                <smtp-listener 127.0.0.1:465>
                  immediate-tls yes
                  tls-certificate ec.crt+ec.key
                  tls-allow-tlsv1.1 no
                  tls-ciphers AES
                </smtp-listener>
                """;

        TlsPlan.Server plain = plan(text, "127.0.0.1:25");
        TlsPlan.Server immediate = plan(text, "127.0.0.1:465");

        assertThat(plain.protocols()).containsExactly("TLSv1.3", "TLSv1.2", "TLSv1.1");
        assertThat(immediate.protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(plain.terms().ciphers()).isEqualTo("HIGH");
        assertThat(immediate.terms().ciphers()).isEqualTo("AES");
        assertThat(plain.isImmediate()).isFalse();
        assertThat(immediate.isImmediate()).isTrue();
        assertThat(plain.identity()).isNotEqualTo(immediate.identity()).isNotEqualTo(MADE);
        assertThat(immediate.clients()).isNotNull().isEqualTo(plain.clients());
    }

    @Test
    void aListenerKnowsItsProxies() {
        String text = """
                <smtp-listener 127.0.0.1:25>
                  proxy-protocol yes
                  proxy-protocol-sources 192.0.2.1
                  proxy-protocol-sources 10.0.0.0/8
                </smtp-listener>
                """;
        var proxies = Snapshot.of(MemoryFiles.load(text), "mx.example", List.of())
                .listenerPolicies(MADE, Duration.ofSeconds(5))
                .of("127.0.0.1:25")
                .proxies();

        assertThat(proxies).isNotNull();
        assertThat(List.of("192.0.2.1", "10.1.2.3", "192.0.2.2"))
                .filteredOn(address -> proxies.test(java.net.InetAddress.ofLiteral(address)))
                .containsExactly("192.0.2.1", "10.1.2.3");
    }

    @Test
    void withoutACertificateOneIsMadeAndTheDefaultsAreTls12And13() {
        TlsPlan.Server plan = plan("smtp-listener 127.0.0.1:25\n", "127.0.0.1:25");

        assertThat(plan.identity()).isEqualTo(MADE);
        assertThat(plan.protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(plan.terms().ciphers()).isEqualTo("HIGH:!ADH:@STRENGTH");
        assertThat(plan.clients()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "smtp-server-tls-certificate gone.pem|gone.pem is not there",
                "smtp-server-tls-certificate rsa.crt|no private key",
                "smtp-server-tls-certificate rsa.crt+ec.key|the key is not the certificate",
                "smtp-server-tls-ca-file rsa.key|BEGIN CERTIFICATE",
                "smtp-server-tls-ciphers NOTHING|leave none",
            })
    void whatCannotBeUsedIsAFaultThatNamesItsLine(String line, String words) {
        TlsFiles files = read("smtp-listener 127.0.0.1:25\n" + line + "\n");

        assertThat(files.faults()).singleElement().asString().contains(":2").contains(words);
    }

    @Test
    void noVersionAndAVersionMissingInTheMiddleAreFaults() {
        assertThat(read("smtp-server-tls-allow-tlsv1.2 no\nsmtp-server-tls-allow-tlsv1.3 no\n")
                        .faults())
                .singleElement()
                .asString()
                .contains("no version");
        assertThat(read("smtp-server-tls-allow-tlsv1.1 yes\nsmtp-server-tls-allow-tlsv1.2 no\n")
                        .faults())
                .singleElement()
                .asString()
                .contains("in the middle");
    }

    @Test
    void whatIsSaidOfADomainsTlsIsReadWithItsFiles() {
        String text = """
                <domain a.example>
                  require-starttls yes
                  smtp-tls-ca-file ec.crt
                  smtp-client-certificate rsa.crt+rsa.key
                  smtp-tls-allow-tlsv1.1 no
                  smtp-tls-ciphers AES
                </domain>
                """;
        TlsFiles files = read(text);
        assertThat(files.faults()).isEmpty();
        assertThat(files.warnings()).isEmpty();
        DeliveryPolicies policies = Snapshot.of(MemoryFiles.load(text), "mx.example", List.of(), KeyFiles.NONE, files)
                .delivery();

        OutgoingTls named = policies.of(new QueueKey("a.example", "{default}")).tls();
        OutgoingTls other = policies.of(new QueueKey("b.example", "{default}")).tls();

        assertThat(named.verifies()).isTrue();
        assertThat(named.certificate()).isNotNull();
        assertThat(named.ciphers()).isEqualTo("AES");
        assertThat(named.versions().usable()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(other.verifies()).isFalse();
        assertThat(other.certificate()).isNull();
        assertThat(other.versions().usable()).containsExactly("TLSv1.3", "TLSv1.2", "TLSv1.1");
    }

    @Test
    void authoritiesWithoutRequiredTlsAreAWarning() {
        assertThat(read("<domain a.example>\nsmtp-tls-ca-file ec.crt\n</domain>\n")
                        .warnings())
                .singleElement()
                .asString()
                .contains("verifies nothing")
                .contains("require-starttls yes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "smtp-tls-ca-file gone.pem|not there",
                "smtp-client-certificate rsa.crt|no private key",
                "smtp-tls-ciphers NOTHING|leave none",
                "smtp-tls-allow-tlsv1.2 no|in the middle",
            })
    void whatIsWrongWithADomainsTlsIsAFault(String line, String words) {
        assertThat(read("<domain a.example>\n" + line + "\n</domain>\n").faults())
                .singleElement()
                .asString()
                .contains(":2")
                .contains(words);
    }

    @Test
    void aLogInIsWholeAndFitsItsMechanisms() {
        String block = "<domain a.example>\n%s\n</domain>\n";

        assertThat(read(block.formatted("auth-password hunter2")).warnings())
                .singleElement()
                .asString()
                .contains(":2")
                .contains("without auth-username")
                .doesNotContain("hunter");
        assertThat(read(block.formatted("auth-username joe")).warnings())
                .singleElement()
                .asString()
                .contains("no password");
        assertThat(read(block.formatted("auth-username " + "j".repeat(256) + "\nauth-password x"))
                        .faults())
                .singleElement()
                .asString()
                .contains(":2")
                .contains("256 characters");
        assertThat(read(block.formatted("auth-username joe\nauth-password x")).warnings())
                .isEmpty();
    }

    @Test
    void aPasswordForALogInIsNeverShown() {
        String text = """
                <domain a.example>
                  auth-username joe
                  auth-password hunter2
                </domain>
                """;
        Configuration configuration = MemoryFiles.load(text);
        var login = Snapshot.of(configuration, "mx.example", List.of())
                .delivery()
                .of(new QueueKey("a.example", "{default}"))
                .login();

        assertThat(java.util.Objects.requireNonNull(login).password()).isEqualTo("hunter2");
        assertThat(login.toString()).doesNotContain("hunter2");
        Effect effect = Effect.between(MemoryFiles.load(text.replace("hunter2", "hunter3")), configuration);
        assertThat(effect.settings())
                .singleElement()
                .satisfies(change ->
                        assertThat(change.text()).contains("auth-password").doesNotContain("hunter"));
        assertThat(ConfigSourceReader.masked("  auth-password hunter2")).doesNotContain("hunter");
        assertThat(ConfigSourceReader.masked("privacy-policy hmac-sha256 hunter2"))
                .isEqualTo("privacy-policy hmac-sha256 *******");
        assertThat(ConfigSourceReader.masked("smtp-server-tls-certificate /etc/a.pem hunter2"))
                .isEqualTo("smtp-server-tls-certificate /etc/a.pem *******");
        assertThat(ConfigSourceReader.masked(" tls-certificate \"/etc/a b.pem\" hunter2"))
                .isEqualTo(" tls-certificate \"/etc/a b.pem\" *******");
        assertThat(ConfigSourceReader.masked("smtp-client-certificate /etc/a.pem"))
                .isEqualTo("smtp-client-certificate /etc/a.pem");
    }

    @Test
    void aCipherThatTheLibraryLacksIsAWarning() {
        TlsFiles files = read("smtp-server-tls-ciphers HIGH:RC4\n");

        assertThat(files.faults()).isEmpty();
        assertThat(files.warnings()).singleElement().asString().contains("RC4");
    }
}
