package org.sluicemta.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sluicemta.config.ConfigSource;
import org.sluicemta.simulation.SimulatedPage;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

@Execution(ExecutionMode.SAME_THREAD)
class SourceFetchingTest {
    private static final Path FOLDER = Path.of("/data/pulled");
    private static final String ADDRESS = "https://ann:pa55@host/r.git";
    private static final URI PAGE = URI.create("https://web.example/config");

    private final FakeGit git = new FakeGit();
    private final SimulatedWorld world = SimulatedWorld.seeded(7);
    private final Loop lane = world.lane("pulling");

    @BeforeEach
    void aRepositoryWithAConfiguration() {
        world.host().disk().makeFolders(FOLDER);
        world.host().install("git", git);
        git.files.put("README", "not ours");
        git.files.put("mta/config", "include parts/a.conf\n");
        git.files.put("mta/parts/a.conf", "host-name ä.example\n");
        git.files.put("mta/parts/empty.conf", "");
    }

    private static ConfigSource.Git source(String branch, String path) {
        return new ConfigSource.Git(ADDRESS, branch, path, Duration.ofMinutes(5), 3);
    }

    private static ConfigSource.Document document() {
        return new ConfigSource.Document(PAGE, Duration.ofMinutes(5), 3);
    }

    private record Came(Fetching.@Nullable Fetched value, String failure) {
        Fetching.Fetched.Changed changed() {
            if (value instanceof Fetching.Fetched.Changed changed) {
                return changed;
            }
            throw new AssertionError(value + " " + failure);
        }
    }

    private Came fetch(ConfigSource source, String revision, String etag) {
        var came = new AtomicReference<@Nullable Came>();
        lane.post(() -> new SourceFetching(world, lane, FOLDER).fetch(source, revision, etag, new Answer<>() {
            @Override
            public void ready(Fetching.Fetched value) {
                came.set(new Came(value, ""));
            }

            @Override
            public void failed(IoFailure why) {
                came.set(new Came(null, why.text()));
            }
        }));
        world.runUntil(() -> came.get() != null, Duration.ofMinutes(10));
        return java.util.Objects.requireNonNull(came.get());
    }

    private void assertNothingIsLeft() {
        assertThat(world.host().disk().files()).noneMatch(file -> file.startsWith(FOLDER));
    }

    @Test
    void theFilesBesideAndBelowTheMainFileAreTheVersion() {
        Fetching.Fetched.Changed came =
                fetch(source("main", "mta/config"), "", "").changed();

        assertThat(came.revision()).isEqualTo(git.commit);
        assertThat(came.tree().main()).isEqualTo("config");
        assertThat(came.tree().files()).containsOnlyKeys("config", "parts/a.conf", "parts/empty.conf");
        assertThat(came.tree().files().get("parts/a.conf"))
                .isEqualTo("host-name ä.example\n".getBytes(StandardCharsets.UTF_8));
        assertNothingIsLeft();
    }

    @Test
    void aCommitThatIsAtHandIsOnlyAskedFor() {
        assertThat(fetch(source("", "mta/config"), git.commit, "").value()).isEqualTo(new Fetching.Fetched.Unchanged());
        assertThat(git.commands).containsExactly("ls-remote");
    }

    @Test
    void aBranchThatIsNotThereIsNamed() {
        assertThat(fetch(source("nowhere", "config"), "", "").failure()).contains("no branch nowhere");
    }

    @Test
    void aMainFileThatIsNotThereIsNamed() {
        assertThat(fetch(source("main", "config"), "", "").failure())
                .contains("no file \"config\"")
                .contains("path=");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ls-remote", "init", "fetch", "rev-parse", "ls-tree", "cat-file"})
    void aCommandThatFailsIsToldWithoutSecrets(String command) {
        git.faulty = command;
        git.fault = FakeGit.Fault.FAILS;

        Came came = fetch(source("main", "mta/config"), "", "");

        assertThat(came.failure())
                .contains("git " + command)
                .contains("unable to access")
                .doesNotContain("pa55");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ls-remote", "init", "fetch", "rev-parse", "ls-tree", "cat-file"})
    void aCommandThatHangsIsKilledWithinTheTimeForAll(String command) {
        git.faulty = command;
        git.fault = FakeGit.Fault.HANGS;
        long begun = world.universe().nanos();

        Came came = fetch(source("main", "mta/config"), "", "");

        assertThat(came.failure()).contains("in time");
        assertThat(Duration.ofNanos(world.universe().nanos() - begun)).isLessThan(GitFetch.TIMEOUT.plusSeconds(1));
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ls-remote", "init", "fetch", "rev-parse", "ls-tree", "cat-file"})
    void aCommandThatWritesWithoutEndIsKilled(String command) {
        git.faulty = command;
        git.fault = FakeGit.Fault.FLOODS;

        assertThat(fetch(source("main", "mta/config"), "", "").failure()).contains("wrote too much");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ls-remote", "rev-parse", "ls-tree", "cat-file"})
    void aCommandThatWritesSomethingElseIsNotBelieved(String command) {
        git.faulty = command;
        git.fault = FakeGit.Fault.LIES;

        assertThat(fetch(source("main", "mta/config"), "", "").failure()).isNotEmpty();
        assertNothingIsLeft();
    }

    @Test
    void aCommitThatIsTooLargeIsCutWhileItComes() {
        git.packBytes = (int) GitFetch.MOST_FETCHED_BYTES + 1;

        assertThat(fetch(source("main", "mta/config"), "", "").failure()).contains("larger than 64 MB");
        assertNothingIsLeft();
    }

    @Test
    void linksAreRefusedAndOtherRepositoriesLeftOut() {
        git.files.put("mta/other", "");
        git.modes.put("mta/other", "160000");
        assertThat(fetch(source("main", "mta/config"), "", "").changed().tree().files())
                .doesNotContainKey("other");

        git.files.put("mta/secret", "/etc/shadow");
        git.modes.put("mta/secret", "120000");
        assertThat(fetch(source("main", "mta/config"), "", "").failure())
                .contains("symbolic link")
                .contains("mta/secret");
    }

    @Test
    void gitThatIsNotInstalledIsSaid() {
        var bare = SimulatedWorld.seeded(8);
        bare.host().disk().makeFolders(FOLDER);
        var why = new AtomicReference<String>();
        Loop home = bare.lane("pulling");
        home.post(() -> new SourceFetching(bare, home, FOLDER).fetch(source("main", "config"), "", "", new Answer<>() {
            @Override
            public void ready(Fetching.Fetched value) {
                why.set("came");
            }

            @Override
            public void failed(IoFailure failure) {
                why.set(failure.text());
            }
        }));
        bare.runUntil(() -> why.get() != null, Duration.ofMinutes(1));

        assertThat(why.get()).contains("is it installed?");
    }

    @Test
    void aDocumentIsAVersionOfOneFile() {
        world.universe()
                .publish(PAGE, new SimulatedPage.Holds("host-name a\n".getBytes(StandardCharsets.UTF_8), "\"7\""));

        Fetching.Fetched.Changed came = fetch(document(), "", "").changed();

        assertThat(came.tree().files()).containsOnlyKeys("config");
        assertThat(came.etag()).isEqualTo("\"7\"");
        assertThat(came.revision()).hasSize(12);
        assertThat(fetch(document(), came.revision(), "\"7\"").value()).isEqualTo(new Fetching.Fetched.Unchanged());
    }

    @Test
    void aDocumentThatDoesNotComeIsAFailureWithItsReason() {
        world.universe().publish(PAGE, new SimulatedPage.Says(404));
        assertThat(fetch(document(), "", "").failure()).contains("404");
        world.universe().publish(PAGE, new SimulatedPage.Hangs());
        assertThat(fetch(document(), "", "").failure()).contains("in time");
        world.universe().publish(PAGE, new SimulatedPage.Redirects(URI.create("http://web.example/config")));
        assertThat(fetch(document(), "", "").failure()).contains("from https to http");
        world.universe().publish(PAGE, new SimulatedPage.Holds(new byte[SourceFetching.MOST_DOCUMENT_BYTES + 1], ""));
        assertThat(fetch(document(), "", "").failure()).contains("larger than 8 MB");
        world.universe().publish(PAGE, new SimulatedPage.Breaks());
        assertThat(fetch(document(), "", "").failure()).isNotEmpty();
    }
}
