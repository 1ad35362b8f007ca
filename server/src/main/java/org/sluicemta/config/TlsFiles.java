package org.sluicemta.config;

import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.settings.Setting;
import org.sluicemta.smtp.SmtpException;
import org.sluicemta.tls.Identities;
import org.sluicemta.tls.OutgoingTls;
import org.sluicemta.tls.StarttlsPolicy;
import org.sluicemta.tls.TlsException;
import org.sluicemta.tls.TlsVersions;
import org.sluicemta.web.WebTls;
import org.sluicemta.world.TlsIdentity;
import org.sluicemta.world.TlsTrust;

/// Certificates, keys and authorities that the configuration names, read from their files, and what is wrong with its
/// settings of TLS and of log-ins at remotes. Read anew with each reading of the configuration: that is how a renewed
/// certificate comes in.
///
/// @param identities by what names them
/// @param authorities by file as written
/// @param faults why the configuration cannot be used, one line each with its place
/// @param warnings what should be mended, one line each with its place
public record TlsFiles(
        Map<Certificate, TlsIdentity> identities,
        Map<String, TlsTrust> authorities,
        List<String> faults,
        List<String> warnings) {
    /// No file was read.
    public static final TlsFiles NONE = new TlsFiles(Map.of(), Map.of(), List.of(), List.of());

    public TlsFiles {
        identities = Map.copyOf(identities);
        authorities = Map.copyOf(authorities);
        faults = List.copyOf(faults);
        warnings = List.copyOf(warnings);
    }

    /// What names a certificate with its key.
    ///
    /// @param keyFile where the key is not in the certificate's file; else empty
    public record Certificate(FileAndPassword file, String keyFile) {}

    /// Reads a file whole; rooms do no I/O, `app` brings the real one.
    public interface Reader {
        byte[] read(String path) throws IOException;
    }

    /// What the TLS library makes of an OpenSSL cipher string.
    public interface Ciphers {
        /// @return words that it does not know; empty where it takes the string, none where no suite is left
        Optional<List<String>> unknown(String ciphers);
    }

    /// Blocks as the reader does.
    ///
    /// @param now at which certificates must hold
    public static TlsFiles read(Configuration configuration, Reader files, Ciphers library, Instant now) {
        return read(new Reading(configuration, files, library, now));
    }

    /// What is wrong with versions and ciphers, without a look at any file: for a check by somebody who may not read
    /// keys.
    public static TlsFiles judged(Configuration configuration, Ciphers library) {
        return read(new Reading(configuration, null, library, Instant.EPOCH));
    }

    private static TlsFiles read(Reading reading) {
        reading.incoming();
        reading.management();
        DomainBlocks.of(reading.configuration).forEach(reading::outgoing);
        return new TlsFiles(
                reading.identities, reading.authorities, List.copyOf(reading.faults), List.copyOf(reading.warnings));
    }

    /// The certificate that clients of a listener see; empty where none is configured: one is made.
    Optional<TlsIdentity> identity(Configuration.ListenerView listener) {
        return Optional.ofNullable(identities.get(certificate(listener)));
    }

    /// Where certificates of a listener's clients may end, or null: they are asked for none.
    @Nullable
    TlsTrust clients(Configuration.ListenerView listener) {
        return authorities.get(caFile(listener).value());
    }

    /// How the management port is secured.
    WebTls management(Configuration configuration) {
        return new WebTls(
                identities.get(new Certificate(
                        configuration.global(Directives.HTTP_TLS_CERTIFICATE).value(), "")),
                managementVersions(configuration).usable(),
                authorities.get(
                        configuration.global(Directives.HTTP_TLS_CA_FILE).value()));
    }

    private static TlsVersions managementVersions(Configuration configuration) {
        return new TlsVersions(
                configuration.global(Directives.HTTP_TLS_ALLOW_TLSV1).value(),
                configuration.global(Directives.HTTP_TLS_ALLOW_TLSV1_1).value(),
                configuration.global(Directives.HTTP_TLS_ALLOW_TLSV1_2).value(),
                configuration.global(Directives.HTTP_TLS_ALLOW_TLSV1_3).value());
    }

    /// How connections of a queue are secured.
    OutgoingTls outgoing(Configuration.QueueView view) {
        return new OutgoingTls(
                StarttlsPolicy.of(view.value(Directives.USE_STARTTLS), view.value(Directives.REQUIRE_STARTTLS)),
                versions(view),
                view.value(Directives.SMTP_TLS_CIPHERS),
                authorities.get(view.value(Directives.SMTP_TLS_CA_FILE)),
                identities.get(new Certificate(view.value(Directives.SMTP_CLIENT_CERTIFICATE), "")));
    }

    private static TlsVersions versions(Configuration.QueueView view) {
        return new TlsVersions(
                view.value(Directives.SMTP_TLS_ALLOW_TLSV1),
                view.value(Directives.SMTP_TLS_ALLOW_TLSV1_1),
                view.value(Directives.SMTP_TLS_ALLOW_TLSV1_2),
                view.value(Directives.SMTP_TLS_ALLOW_TLSV1_3));
    }

    static TlsVersions versions(Configuration.ListenerView view) {
        return new TlsVersions(
                view.setting(Directives.TLS_ALLOW_TLSV1, Directives.SMTP_SERVER_TLS_ALLOW_TLSV1)
                        .value(),
                view.setting(Directives.TLS_ALLOW_TLSV1_1, Directives.SMTP_SERVER_TLS_ALLOW_TLSV1_1)
                        .value(),
                view.setting(Directives.TLS_ALLOW_TLSV1_2, Directives.SMTP_SERVER_TLS_ALLOW_TLSV1_2)
                        .value(),
                view.setting(Directives.TLS_ALLOW_TLSV1_3, Directives.SMTP_SERVER_TLS_ALLOW_TLSV1_3)
                        .value());
    }

    static Setting<String> ciphers(Configuration.ListenerView view) {
        return view.setting(Directives.TLS_CIPHERS, Directives.SMTP_SERVER_TLS_CIPHERS);
    }

    private static Setting<String> caFile(Configuration.ListenerView view) {
        return view.setting(Directives.TLS_CA_FILE, Directives.SMTP_SERVER_TLS_CA_FILE);
    }

    private static Setting<FileAndPassword> file(Configuration.ListenerView view) {
        return view.setting(Directives.TLS_CERTIFICATE, Directives.SMTP_SERVER_TLS_CERTIFICATE);
    }

    /// A listener's own certificate has its key in its file.
    private static Certificate certificate(Configuration.ListenerView view) {
        Setting<FileAndPassword> file = file(view);
        boolean isGlobal = view.chain().stream().allMatch(each -> each.get(Directives.TLS_CERTIFICATE) == null);
        return new Certificate(
                file.value(),
                isGlobal
                        ? view.configuration()
                                .global(Directives.SMTP_SERVER_TLS_PRIVATE_KEY)
                                .value()
                        : "");
    }

    /// One reading. Owner: its thread.
    private static final class Reading {
        private final Configuration configuration;
        private final @Nullable Reader files;
        private final Ciphers library;
        private final Instant now;
        private final Map<Certificate, TlsIdentity> identities = new LinkedHashMap<>();
        private final Map<String, TlsTrust> authorities = new LinkedHashMap<>();
        private final Set<String> faults = new LinkedHashSet<>();
        private final Set<String> warnings = new LinkedHashSet<>();
        private final Set<Object> seen = new LinkedHashSet<>();

        Reading(Configuration configuration, @Nullable Reader files, Ciphers library, Instant now) {
            this.configuration = configuration;
            this.files = files;
            this.library = library;
            this.now = now;
        }

        void incoming() {
            for (Listener each : configuration.listeners()) {
                Configuration.ListenerView view = configuration.listener(each);
                readIdentity(certificate(view), file(view));
                readAuthorities(caFile(view));
                judge(ciphers(view));
                TlsVersions versions = versions(view);
                if (versions.areNone()) {
                    faults.add(
                            "listener " + each.name() + ": no version of TLS is allowed; leave TLS 1.2 and 1.3 on, or"
                                    + " switch TLS off with allow-starttls no");
                } else if (versions.haveGap()) {
                    faults.add("listener " + each.name() + ": of the versions of TLS one in the middle is switched off,"
                            + " which no handshake can express; switch off what is older too");
                }
            }
        }

        void management() {
            Setting<FileAndPassword> file = configuration.global(Directives.HTTP_TLS_CERTIFICATE);
            readIdentity(new Certificate(file.value(), ""), file);
            readAuthorities(configuration.global(Directives.HTTP_TLS_CA_FILE));
            TlsVersions versions = managementVersions(configuration);
            if (versions.areNone()
                    && configuration.global(Directives.HTTP_REDIRECT_TO_HTTPS).value()) {
                faults.add(
                        "the management port: no version of TLS is allowed, and http-redirect-to-https sends everybody"
                                + " there; leave TLS 1.2 and 1.3 on, or write http-redirect-to-https no");
            }
        }

        /// One block of a domain.
        void outgoing(DomainBlocks.Scoped scoped) {
            SettingsBlock block = scoped.block();
            Configuration.QueueView view = configuration.queue(new QueueKey(scoped.domain(), scoped.virtualMta()));
            Setting<FileAndPassword> certificate = own(block, Directives.SMTP_CLIENT_CERTIFICATE);
            readIdentity(new Certificate(certificate.value(), ""), certificate);
            Setting<String> authorities = own(block, Directives.SMTP_TLS_CA_FILE);
            readAuthorities(authorities);
            if (!authorities.value().isEmpty() && !view.value(Directives.REQUIRE_STARTTLS)) {
                warnings.add(
                        authorities.origin() + ": smtp-tls-ca-file verifies nothing here: certificates are verified"
                                + " where TLS is required; write require-starttls yes, or take the line out");
            }
            judge(own(block, Directives.SMTP_TLS_CIPHERS));
            judgeLogin(block, view);
            SettingsBlock.Assigned line = firstVersion(block);
            if (line != null) {
                TlsVersions versions = versions(view);
                if (versions.areNone() && view.value(Directives.USE_STARTTLS)) {
                    faults.add(line.origin()
                            + ": no version of TLS is allowed to these hosts; allow one, or switch TLS off"
                            + " with use-starttls no");
                } else if (versions.haveGap()) {
                    faults.add(line.origin() + ": of the versions of TLS one in the middle is switched off, which no"
                            + " handshake can express; switch off what is older too");
                }
            }
        }

        private void judgeLogin(SettingsBlock block, Configuration.QueueView view) {
            SettingsBlock.Assigned user = block.get(Directives.AUTH_USERNAME);
            SettingsBlock.Assigned password = block.get(Directives.AUTH_PASSWORD);
            SettingsBlock.Assigned line = user == null ? password : user;
            if (line == null) {
                return;
            }
            if (view.value(Directives.AUTH_USERNAME).isEmpty()) {
                if (password != null) {
                    warnings.add(password.origin()
                            + ": auth-password has no effect without auth-username; write whose password it is");
                }
                return;
            }
            if (view.value(Directives.AUTH_PASSWORD).text().isEmpty()) {
                warnings.add(line.origin() + ": auth-username has no password; write auth-password");
            }
            try {
                Snapshot.login(view);
            } catch (SmtpException unfit) {
                faults.add(line.origin() + ": " + unfit.getMessage());
            }
        }

        private static SettingsBlock.@Nullable Assigned firstVersion(SettingsBlock block) {
            for (Directive<Boolean> each : List.of(
                    Directives.SMTP_TLS_ALLOW_TLSV1,
                    Directives.SMTP_TLS_ALLOW_TLSV1_1,
                    Directives.SMTP_TLS_ALLOW_TLSV1_2,
                    Directives.SMTP_TLS_ALLOW_TLSV1_3)) {
                SettingsBlock.Assigned line = block.get(each);
                if (line != null) {
                    return line;
                }
            }
            return null;
        }

        /// What the block itself says.
        @SuppressWarnings("unchecked")
        private static <T> Setting<T> own(SettingsBlock block, Directive<T> directive) {
            Setting<T> start = Setting.builtIn(directive.name(), directive.builtIn());
            SettingsBlock.Assigned line = block.get(directive);
            // The block took the value from this very directive, so it has its type.
            return line == null ? start : start.overriddenBy((T) line.value(), line.origin());
        }

        void readIdentity(Certificate certificate, Setting<FileAndPassword> from) {
            FileAndPassword file = certificate.file();
            if (files == null || file.path().isEmpty() || !seen.add(certificate)) {
                return;
            }
            try {
                byte[] pem = files.read(file.path());
                if (!certificate.keyFile().isEmpty()) {
                    pem = joined(pem, files.read(certificate.keyFile()));
                }
                Optional<String> password = file.password().isEmpty() ? Optional.empty() : Optional.of(file.password());
                identities.put(certificate, Identities.ofPem(pem, password, now));
            } catch (IOException | TlsException e) {
                faults.add(from.origin() + ": the certificate " + file.path() + " cannot be used: " + words(e));
            }
        }

        void readAuthorities(Setting<String> from) {
            String path = from.value();
            if (files == null || path.isEmpty() || !seen.add(path)) {
                return;
            }
            try {
                authorities.put(path, Identities.trustOfPem(files.read(path)));
            } catch (IOException | TlsException e) {
                faults.add(from.origin() + ": the authorities in " + path + " cannot be used: " + words(e));
            }
        }

        void judge(Setting<String> from) {
            if (from.overrode() == null || !seen.add(from)) {
                // The built-in string is known to be good.
                return;
            }
            Optional<List<String>> unknown = library.unknown(from.value());
            if (unknown.isEmpty()) {
                faults.add(from.origin() + ": the ciphers leave none that the TLS library has; write"
                        + " an OpenSSL cipher string such as HIGH:!ADH:@STRENGTH");
            } else if (!unknown.get().isEmpty()) {
                warnings.add(from.origin() + ": the ciphers name what the TLS library does not have: "
                        + String.join(", ", unknown.get()) + "; the others are used");
            }
        }

        private static byte[] joined(byte[] first, byte[] second) {
            byte[] both = Arrays.copyOf(first, first.length + 1 + second.length);
            both[first.length] = '\n';
            System.arraycopy(second, 0, both, first.length + 1, second.length);
            return both;
        }

        private static String words(Exception e) {
            return switch (e) {
                case java.nio.file.NoSuchFileException missing -> missing.getFile() + " is not there";
                case java.nio.file.AccessDeniedException denied -> denied.getFile() + " may not be read";
                default -> String.valueOf(e.getMessage());
            };
        }
    }
}
