package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A configuration held against a machine of which everything is invented.
class OnThisMachineTest {
    private static final FileRights.Account PMTA = new FileRights.Account("pmta", 100, Set.of(100, 5));

    /// Paths with the rights that `ls` would show.
    private static final class Rights implements FileRights {
        private final Map<String, Look.Found> all = new HashMap<>();

        Rights() {
            folder("/", 0, 0, 0755);
            folder("/etc", 0, 0, 0755);
            folder("/etc/pmta", 0, 100, 0750);
            folder("/var", 0, 0, 0755);
            folder("/var/log", 0, 0, 0755);
        }

        Rights folder(String path, int owner, int group, int mode) {
            all.put(path, new Look.Found(Path.of(path), true, owner, group, mode, owner + ":" + group));
            return this;
        }

        Rights file(String path, int owner, int group, int mode) {
            all.put(path, new Look.Found(Path.of(path), false, owner, group, mode, owner + ":" + group));
            return this;
        }

        /// The second is there already.
        Rights link(String path, String to) {
            all.put(path, Objects.requireNonNull(all.get(to)));
            return this;
        }

        @Override
        public Look look(Path path) {
            Look.Found found = all.get(path.toString());
            return found == null ? new Look.Missing() : found;
        }
    }

    private static List<String> check(String text, Rights rights, Optional<FileRights.Account> account) {
        return check(text, new Machine(List.of(), 0, "", account, rights));
    }

    private static List<String> check(String text, Machine machine) {
        Set<String> about = Set.of(
                "file-limit",
                "two-configurations",
                "address-not-here",
                "named-file-missing",
                "named-file-unreadable",
                "named-file-unwritable",
                "program-not-runnable",
                "key-world-readable");
        Path main = Path.of("/etc/pmta/config");
        return Check.of(MemoryFiles.with(main.toString(), text), main, Check.Strictness.USUAL, machine)
                .problems()
                .stream()
                .filter(each -> about.contains(each.id()))
                .map(each -> each.id() + " " + each.line() + ":" + each.column() + " " + each.what())
                .toList();
    }

    private static List<String> asService(String text, Rights rights) {
        return check(text, rights.file("/etc/pmta/config", 0, 100, 0640), Optional.of(PMTA));
    }

    // ---- keys

    @Test
    void aMissingKeyWarnsWhoeverRunsTheServer() {
        String text = "domain-key a, example.com, /etc/pmta/a.pem";

        assertThat(check(text, new Rights().file("/etc/pmta/config", 0, 0, 0644), Optional.empty()))
                .containsExactly("named-file-missing 1:28 domain-key: /etc/pmta/a.pem is not there");
        assertThat(asService(text, new Rights().file("/etc/pmta/a.pem", 100, 100, 0400)))
                .isEmpty();
    }

    @Test
    void aKeyThatTheServiceMayNotReadWarnsWithTheReason() {
        String text = "domain-key a, example.com, /etc/pmta/a.pem";

        assertThat(asService(text, new Rights().file("/etc/pmta/a.pem", 0, 0, 0600)))
                .containsExactly("named-file-unreadable 1:28 domain-key: pmta may not read /etc/pmta/a.pem: "
                        + "/etc/pmta/a.pem is -rw------- 0:0");
        assertThat(asService(
                        text, new Rights().folder("/etc/pmta", 0, 0, 0700).file("/etc/pmta/a.pem", 100, 100, 0400)))
                .contains("named-file-unreadable 1:28 domain-key: pmta may not read /etc/pmta/a.pem: "
                        + "/etc/pmta is drwx------ 0:0");
        assertThat(asService(text, new Rights().file("/etc/pmta/a.pem", 0, 5, 0640)))
                .isEmpty();
    }

    @Test
    void theCommandsThatOpenAKeyAreTold() {
        String text = "domain-key a, example.com, /etc/pmta/a.pem";

        assertThat(mends(text, new Rights().file("/etc/pmta/a.pem", 0, 0, 0600)))
                .containsExactly("chgrp pmta /etc/pmta/a.pem && chmod g+r /etc/pmta/a.pem, or name another path");
        assertThat(mends(text, new Rights().file("/etc/pmta/a.pem", 0, 5, 0600)))
                .containsExactly("chmod g+r /etc/pmta/a.pem, or name another path");
        assertThat(mends(text, new Rights().file("/etc/pmta/a.pem", 100, 0, 0200)))
                .containsExactly("chmod u+r /etc/pmta/a.pem, or name another path");
        assertThat(mends(
                        "domain-key a, example.com, /root/a.pem",
                        new Rights().folder("/root", 0, 0, 0700).file("/root/a.pem", 100, 100, 0400)))
                .containsExactly("chgrp pmta /root && chmod g+x /root, or put it where pmta may come");
    }

    private static List<String> mends(String text, Rights rights) {
        Path main = Path.of("/etc/pmta/config");
        return Check.of(
                        MemoryFiles.with(main.toString(), text),
                        main,
                        Check.Strictness.USUAL,
                        new Machine(List.of(), 0, "", Optional.of(PMTA), rights.file("/etc/pmta/config", 0, 100, 0640)))
                .problems()
                .stream()
                .filter(each -> each.id().equals("named-file-unreadable"))
                .map(Problem::mend)
                .toList();
    }

    @Test
    void aClosedFolderThatOnlyALinkLeadsThroughIsNamed() {
        Rights rights = new Rights()
                .folder("/etc/live", 0, 0, 0700)
                .folder("/etc/archive", 0, 0, 0755)
                .file("/etc/archive/a1.pem", 100, 100, 0400)
                .link("/etc/live/a.pem", "/etc/archive/a1.pem");

        assertThat(asService("domain-key a, example.com, /etc/live/a.pem", rights))
                .containsExactly("named-file-unreadable 1:28 domain-key: pmta may not read /etc/live/a.pem: "
                        + "/etc/live is drwx------ 0:0");
    }

    @Test
    void aKeyThatEverybodyMayReadWarnsUnlessAFolderKeepsThemOut() {
        String text = "smtp-server-tls-private-key /var/k.pem\nsmtp-server-tls-certificate /var/c.pem";
        Rights rights = new Rights().file("/var/k.pem", 100, 100, 0644).file("/var/c.pem", 100, 100, 0644);

        assertThat(asService(text, rights))
                .containsExactly(
                        "key-world-readable 1:29 everybody on this machine may read the private key /var/k.pem");
        assertThat(asService(text, rights.folder("/var", 0, 100, 0750))).isEmpty();
    }

    @Test
    void aCertificateFileWithoutAKeyApartHoldsTheKey() {
        assertThat(asService("smtp-server-tls-certificate /var/c.pem", new Rights().file("/var/c.pem", 100, 100, 0644)))
                .singleElement()
                .asString()
                .startsWith("key-world-readable 1:29");
    }

    @Test
    void aKeyInAVaultIsNoFile() {
        assertThat(asService("domain-key a, example.com, {vault}:/keys:a", new Rights()))
                .isEmpty();
    }

    // ---- other files

    @Test
    void aListThatTheServiceMayNotReadWarns() {
        assertThat(asService(
                        "<bounce-processor>\n<address-list>\naddress-file /var/l\n</address-list>\n</bounce-processor>",
                        new Rights().file("/var/l", 0, 0, 0600)))
                .singleElement()
                .asString()
                .startsWith("named-file-unreadable 3:14 address-file");
    }

    @Test
    void anIncludedFileThatTheServiceMayNotReadWarns() {
        Path main = Path.of("/etc/pmta/config");
        Rights rights = new Rights().file("/etc/pmta/config", 0, 100, 0640).file("/etc/pmta/x", 0, 0, 0600);

        Report report = Check.of(
                MemoryFiles.with(main.toString(), "include x").and("/etc/pmta/x", ""),
                main,
                Check.Strictness.USUAL,
                new Machine(List.of(), 0, "", Optional.of(PMTA), rights));

        assertThat(report.problems())
                .filteredOn(each -> each.id().equals("named-file-unreadable"))
                .extracting(Problem::file)
                .containsExactly("/etc/pmta/x");
    }

    @Test
    void logsAndAccountingNeedAFolderInWhichTheServiceMayWrite() {
        String text = "log-file /var/log/pmta/log\n<acct-file /var/log/pmta/acct.csv>\n</acct-file>";

        assertThat(asService(text, new Rights()))
                .containsExactly(
                        "named-file-unwritable 1:10 log-file: pmta may not write /var/log/pmta/log: the folder "
                                + "/var/log/pmta is not there",
                        "named-file-unwritable 2:12 acct-file: pmta may not write /var/log/pmta/acct.csv: the folder "
                                + "/var/log/pmta is not there");
        assertThat(asService(text, new Rights().folder("/var/log/pmta", 0, 0, 0755)))
                .allMatch(each -> each.contains("/var/log/pmta is drwxr-xr-x 0:0"))
                .hasSize(2);
        assertThat(asService(text, new Rights().folder("/var/log/pmta", 100, 100, 0700)))
                .isEmpty();
    }

    @Test
    void aSpoolIsMadeWhereTheServiceMayWrite() {
        String text = "<spool /var/spool/pmta>\n</spool>";

        assertThat(asService(text, new Rights()))
                .containsExactly("named-file-unwritable 1:8 spool: pmta may not write /var/spool/pmta: /var is "
                        + "drwxr-xr-x 0:0");
        assertThat(asService(text, new Rights().folder("/var/spool", 100, 100, 0755)))
                .isEmpty();
    }

    @Test
    void aFolderForFilesMustBeThereAsFarAsItsNameIsFixed() {
        String text = "<domain a.example>\ntype file\nfile-destination /var/out/$user\n</domain>";

        assertThat(asService(text, new Rights()))
                .containsExactly("named-file-missing 3:18 file-destination: /var/out/$user is not there");
        assertThat(asService(text, new Rights().folder("/var/out", 100, 100, 0700)))
                .isEmpty();
        assertThat(asService(text, new Rights().folder("/var/out", 0, 0, 0755)))
                .containsExactly("named-file-unwritable 3:18 file-destination: pmta may not write /var/out/$user: "
                        + "/var/out is drwxr-xr-x 0:0");
    }

    @Test
    void whatTheUnitKeepsFromTheServiceWarnsWhateverTheRights() {
        Machine confined = new Machine(
                List.of(),
                0,
                "",
                Optional.of(PMTA),
                new Rights()
                        .file("/etc/pmta/config", 0, 100, 0640)
                        .folder("/data", 100, 100, 0700)
                        .folder("/var/log/pmta", 100, 100, 0700)
                        .folder("/root", 0, 0, 0755)
                        .file("/root/a.pem", 100, 100, 0400),
                new Machine.Confinement(List.of(Path.of("/var/log/pmta")), List.of(Path.of("/root"))));

        assertThat(check(
                        "spool /data/spool\nlog-file /var/log/pmta/log\ndomain-key a, example.com, /root/a.pem",
                        confined))
                .containsExactly(
                        "named-file-unwritable 1:7 spool: pmta may not write /data/spool: its unit leaves all read-only "
                                + "but /var/log/pmta",
                        "named-file-unreadable 3:28 domain-key: pmta may not read /root/a.pem: its unit hides the folder "
                                + "(ProtectHome=)");
    }

    @Test
    void aPipesProgramMustRunAsTheService() {
        String text = "<acct-file |/etc/pmta/send --all>\n</acct-file>";

        assertThat(asService(text, new Rights()))
                .containsExactly("named-file-missing 1:12 acct-file: /etc/pmta/send is not there");
        assertThat(asService(text, new Rights().file("/etc/pmta/send", 0, 0, 0644)))
                .singleElement()
                .asString()
                .startsWith("program-not-runnable 1:12");
        assertThat(asService(text, new Rights().file("/etc/pmta/send", 0, 0, 0755)))
                .isEmpty();
    }

    @Test
    void rootMayReadEverythingAndRunWhatAnybodyMayRun() {
        FileRights.Account root = new FileRights.Account("root", 0, Set.of(0));
        String text = "domain-key a, example.com, /etc/pmta/a.pem\n<acct-file |/etc/pmta/send>\n</acct-file>";
        Rights rights = new Rights()
                .file("/etc/pmta/config", 7, 7, 0400)
                .file("/etc/pmta/a.pem", 7, 7, 0400)
                .file("/etc/pmta/send", 7, 7, 0100);

        assertThat(check(text, rights, Optional.of(root))).isEmpty();
        assertThat(check(text, rights.file("/etc/pmta/send", 7, 7, 0600), Optional.of(root)))
                .hasSize(1);
    }

    // ---- addresses

    private static Machine with(String... addresses) throws UnknownHostException {
        InetAddress[] all = new InetAddress[addresses.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = InetAddress.ofLiteral(addresses[i]);
        }
        return new Machine(List.of(all), 0, "", Optional.empty(), FileRights.UNKNOWN);
    }

    @Test
    void addressesThatTheMachineLacksWarnOnceForEachDirective() throws UnknownHostException {
        String text = """
                <virtual-mta a>
                smtp-source-host 192.0.2.1 a.example
                smtp-source-host 192.0.2.2 b.example
                smtp-source-host 192.0.2.3 c.example
                </virtual-mta>
                smtp-listener 192.0.2.4:25
                """;

        assertThat(check(text, with("127.0.0.1", "192.0.2.1")))
                .containsExactly(
                        "address-not-here 3:18 this machine has no address 192.0.2.2 (and 1 more place)",
                        "address-not-here 6:15 this machine has no address 192.0.2.4");
        assertThat(check(text, with("127.0.0.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4")))
                .isEmpty();
        assertThat(check(text, Machine.UNKNOWN)).isEmpty();
    }

    @Test
    void loopbackRangesAndAllAddressesAreHere() throws UnknownHostException {
        String text = """
                <virtual-mta a>
                smtp-source-host 127.0.0.9 a.example
                smtp-source-host 10.0.0.0/8 b.example
                </virtual-mta>
                smtp-listener 0.0.0.0:25
                smtp-listener 0/0:26
                smtp-listener [::]:25
                """;

        assertThat(check(text, with("127.0.0.1", "10.1.2.3"))).isEmpty();
        assertThat(check(text, with("127.0.0.1", "192.0.2.1"))).hasSize(1);
    }

    // ---- limits and files

    @Test
    void moreConnectionsThanOpenFilesWarn() {
        Machine small = new Machine(List.of(), 1024, "", Optional.empty(), FileRights.UNKNOWN);

        assertThat(check("total-max-smtp-out 900", small))
                .containsExactly(
                        "file-limit 1:1 the operating system allows 1024 open files, and total-max-smtp-out 900 "
                                + "with total-max-smtp-in 100 need 1256");
        assertThat(check("", small)).singleElement().asString().startsWith("file-limit 0:0");
        assertThat(check("total-max-smtp-out 500", small)).isEmpty();
        assertThat(check("total-max-smtp-out 900", Machine.UNKNOWN)).isEmpty();
    }

    @Test
    void theSecondOfTwoConfigurationsIsSaid() {
        Machine two = new Machine(List.of(), 0, "/etc/pmta/config", Optional.empty(), FileRights.UNKNOWN);

        assertThat(check("", two))
                .containsExactly("two-configurations 0:0 /etc/pmta/config is there as well and is not read");
        assertThat(check("", Machine.UNKNOWN)).isEmpty();
    }

    @Test
    void bothFoldersOfThePickupMustBeWritable() {
        assertThat(asService(
                        "pickup /var/new /var/bad",
                        new Rights().folder("/var/new", 100, 100, 0700).folder("/var/bad", 0, 0, 0755)))
                .singleElement()
                .asString()
                .startsWith("named-file-unwritable 1:8 pickup: ")
                .contains("/var/bad");
    }
}
