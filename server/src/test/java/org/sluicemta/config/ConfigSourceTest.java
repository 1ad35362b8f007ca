package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSourceTest {
    private static ConfigSource good(String text) {
        return switch (ConfigSourceReader.read(text)) {
            case Parsed.Good<ConfigSource> good -> good.value();
            case Parsed.Odd<ConfigSource> odd -> throw new AssertionError(odd.what());
            case Parsed.Bad<ConfigSource> bad -> throw new AssertionError(bad.what());
        };
    }

    @Test
    void aRepositoryHasABranchAPathAndAnInterval() {
        assertThat(good("git:https://host/repo.git branch=main path=mta/config every=1h max-removed=0"))
                .isEqualTo(new ConfigSource.Git("https://host/repo.git", "main", "mta/config", Duration.ofHours(1), 0));
        assertThat(good("git:/srv/config.git"))
                .isEqualTo(new ConfigSource.Git("/srv/config.git", "", "config", Duration.ofMinutes(5), 3));
        assertThat(good("git:deploy@host:mta/config.git")).isInstanceOf(ConfigSource.Git.class);
        assertThat(good("git:file:///srv/config.git")).isInstanceOf(ConfigSource.Git.class);
    }

    @Test
    void aDocumentIsFetchedByHttps() {
        assertThat(good("https://host/path/config every=10s"))
                .isEqualTo(
                        new ConfigSource.Document(URI.create("https://host/path/config"), Duration.ofSeconds(10), 3));
    }

    @Test
    void whatIsSecretIsNeverShown() {
        ConfigSource git = good("git:https://ann:pa55@host/repo.git");
        ConfigSource document = good("https://ann:pa55@host/config?token=abc");

        assertThat(git.toString() + git.shown()).doesNotContain("pa55").contains("https://host/repo.git");
        assertThat(document.toString() + document.shown())
                .doesNotContain("pa55")
                .doesNotContain("abc")
                .contains("https://host/config");
        assertThat(git.secret()).isEqualTo("ann:pa55");
        assertThat(document.secret()).isEqualTo("ann:pa55");
    }

    @Test
    void aReportOfAnErrorShowsTheLineWithoutItsSecrets() {
        Report report = Check.of(
                MemoryFiles.with("/config", "config-source https://ann:pa55@host/c?token=abc every=5\n"),
                Path.of("/config"),
                Check.Strictness.USUAL);

        assertThat(report.hasErrors()).isTrue();
        assertThat(ReportText.of(report))
                .contains("https://********@host/c?********* every=5")
                .doesNotContain("pa55")
                .doesNotContain("abc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://host/config", "git:http://host/repo.git", "git:git://host/repo.git"})
    void anUnprotectedWayIsWarnedAbout(String text) {
        assertThat(ConfigSourceReader.read(text))
                .isInstanceOfSatisfying(
                        Parsed.Odd.class, odd -> assertThat(odd.id()).isEqualTo("unprotected-source"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/etc/sluice/config",
                "ftp://host/config",
                "git:",
                "git:ext::sh -c touch",
                "git:ext::sh",
                "git:--upload-pack=x",
                "git:-x",
                "https://host/c branch=main",
                "https://host/c every=5",
                "https://host/c every=9s",
                "https://host/c every=2d",
                "https://host/c every=",
                "https://host/c max-removed=-1",
                "https://host/c max-removed=x",
                "https://host/c interval=5m",
                "https://host/c every=5m every=6m",
                "git:/r branch=--all",
                "git:/r branch=a..b",
                "git:/r path=/etc/passwd",
                "git:/r path=../x",
                "git:/r path=a//b",
                "git:/r path="
            })
    void whatCannotBeMeantIsRefused(String text) {
        assertThat(ConfigSourceReader.read(text)).isInstanceOf(Parsed.Bad.class);
    }
}
