package org.sluicemta.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sluicemta.sign.DomainKey;
import org.sluicemta.sign.Identity;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sluice dkim new`: a pair of keys for signing.
@Command(
        name = "dkim",
        mixinStandardHelpOptions = true,
        description = "Makes keys for signing mail.",
        subcommands = DkimCommand.New.class)
final class DkimCommand {
    /// The most octets of one string of a TXT record. Source: RFC 1035 section 3.3.
    private static final int TXT_OCTETS = 255;

    private DkimCommand() {}

    /// Writes the private key, says what to publish.
    @Command(
            name = "new",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a key for SELECTOR and DOMAIN: writes the private key to a file that only its owner can read, and in",
                "a folder of the service (/etc/sluice/dkim) the service too; prints the line for the configuration and",
                "the record to publish in DNS."
            })
    static final class New implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "SELECTOR", description = "The name of the key in DNS.")
        @SuppressWarnings("NullAway.Init")
        private String selector;

        @Parameters(index = "1", paramLabel = "DOMAIN", description = "The domain that signs.")
        @SuppressWarnings("NullAway.Init")
        private String domain;

        @Parameters(
                index = "2",
                paramLabel = "BITS",
                arity = "0..1",
                defaultValue = "2048",
                description = "Of the RSA key; 1024 to 8192, 2048 if not said.")
        private int bits;

        @Option(names = "--ed25519", description = "Makes an Ed25519 key; use it beside an RSA key, never alone.")
        private boolean isEd25519;

        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "Where the private key goes; SELECTOR.DOMAIN.pem in this folder if not said.")
        private @Nullable Path out;

        @Override
        public Integer call() {
            PrintWriter err = spec.commandLine().getErr();
            String name = domain.toLowerCase(Locale.ROOT);
            if (!Identity.isName(selector) || !Identity.isName(name)) {
                err.println("sluice: " + (Identity.isName(selector) ? domain : selector)
                        + " is no name that DNS can hold: letters, digits, hyphens and dots");
                return 1;
            }
            if (!isEd25519 && (bits < DomainKey.LEAST_BITS || bits > 8192)) {
                err.println("sluice: an RSA key has " + DomainKey.LEAST_BITS + " to 8192 bits; " + DomainKey.GOOD_BITS
                        + " is the usual size");
                return 1;
            }
            Path file = out == null ? Path.of(selector + "." + name + ".pem") : out;
            var algorithm = isEd25519 ? DomainKey.Algorithm.ED25519_SHA256 : DomainKey.Algorithm.RSA_SHA256;
            DomainKey.NewPair pair = DomainKey.generate(algorithm, bits);
            String readers;
            try {
                write(file, pair.pem());
                readers = KeyRights.settle(file, ThisMachine.serviceUser());
            } catch (FileAlreadyExistsException there) {
                err.println("sluice: " + file + " is there already and is left as it is; name another file with --out");
                return 1;
            } catch (IOException e) {
                err.println("sluice: " + file + " cannot be written: " + e);
                return 1;
            }
            tell(spec.commandLine().getOut(), file, readers, name, pair.record());
            return 0;
        }

        private static void write(Path file, String pem) throws IOException {
            boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
            if (isPosix) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            } else {
                Files.createFile(file);
            }
            Files.write(file, pem.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
        }

        private void tell(PrintWriter to, Path file, String readers, String name, String record) {
            to.println("The private key is in " + file.toAbsolutePath() + ".");
            to.println(readers);
            to.println();
            to.println("For the configuration:");
            to.println();
            to.println("    domain-key " + selector + ", " + name + ", " + file.toAbsolutePath());
            to.println();
            to.println("To publish in DNS:");
            to.println();
            var strings = new StringBuilder();
            for (int at = 0; at < record.length(); at += TXT_OCTETS) {
                strings.append(" \"")
                        .append(record, at, Math.min(record.length(), at + TXT_OCTETS))
                        .append('"');
            }
            to.println("    " + selector + "._domainkey." + name + ". IN TXT (" + strings + " )");
        }
    }
}
