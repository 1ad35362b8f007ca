package org.sluicemta.pull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.ConfigSource;
import org.sluicemta.world.Alarm;
import org.sluicemta.world.Answer;
import org.sluicemta.world.ChildProcesses;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// One fetch from a repository, in steps: ask for the branch's commit; if it is new, fetch that commit
/// alone into an empty repository, list its files, and read those beside and below the main file through
/// one `cat-file --batch`. Nothing is checked out, so nothing that a repository holds (hooks, filters,
/// links) is followed or run.
///
/// Every repository is made for one fetch and removed after it: configurations are small, and a damaged
/// one cannot stay. Bounds: time for all steps together, what each may write, the size on disk while it
/// is fetched, and the number and size of the files. Owner: the puller's home; used once.
final class GitFetch {
    /// For all steps together.
    static final Duration TIMEOUT = Duration.ofMinutes(2);
    /// On disk, packed, while it is fetched. One commit of a configuration has some megabytes at most.
    static final long MOST_FETCHED_BYTES = 64L << 20;

    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();
    private static final int MOST_REFS_BYTES = 64 * 1024;
    /// A line of the list has some 60 bytes and a path of at most 1,000.
    private static final int MOST_LIST_BYTES = 4 << 20;

    private static final byte[] NOTHING = new byte[0];

    private final Loop home;
    private final ChildProcesses children;
    private final Disk disk;
    private final Path scratch;
    private final ConfigSource.Git source;
    private final String known;
    private final Answer<Fetching.Fetched> answer;
    private final long deadline;
    private final Alarm looking;
    private @Nullable GitCommand running;
    private boolean isLooking;
    private String commit = "";

    /// @param scratch a folder that this fetch may make and remove; its parent is there
    /// @param known the commit that is at hand; empty for none
    GitFetch(
            Loop home,
            ChildProcesses children,
            Disk disk,
            Path scratch,
            ConfigSource.Git source,
            String known,
            Answer<Fetching.Fetched> answer) {
        this.home = home;
        this.children = children;
        this.disk = disk;
        this.scratch = scratch;
        this.source = source;
        this.known = known;
        this.answer = answer;
        this.deadline = home.nanos() + TIMEOUT.toNanos();
        this.looking = home.alarm(this::look);
    }

    void begin() {
        git(
                null,
                List.of("ls-remote", "--exit-code", "--", source.address(), reference()),
                NOTHING,
                MOST_REFS_BYTES,
                this::asked);
    }

    private String reference() {
        return source.branch().isEmpty() ? "HEAD" : "refs/heads/" + source.branch();
    }

    private void git(
            @Nullable Path repository, List<String> words, byte[] input, long most, Consumer<GitCommand.Done> next) {
        long left = deadline - home.nanos();
        if (left <= 0) {
            fail("git did not end in time");
            return;
        }
        running = GitCommand.start(children, home, repository, words, input, most, Duration.ofNanos(left), done -> {
            running = null;
            next.accept(done);
        });
    }

    private void asked(GitCommand.Done done) {
        if (done.status() == 2) {
            fail("the repository has no " + (source.branch().isEmpty() ? "commit" : "branch " + source.branch()));
        } else if (!done.isGood()) {
            fail(done.failure());
        } else {
            commit = new String(done.output(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.endsWith("\t" + reference()))
                    .map(line -> line.substring(0, line.indexOf('\t')))
                    .findFirst()
                    .orElse("");
            if (!isObject(commit)) {
                fail("git ls-remote named no commit");
            } else if (commit.equals(known)) {
                answer.ready(new Fetching.Fetched.Unchanged());
            } else {
                FolderRemoval.remove(disk, home, scratch, removed(this::initialize));
            }
        }
    }

    private static boolean isObject(String id) {
        return (id.length() == 40 || id.length() == 64)
                && id.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    private void initialize() {
        git(
                null,
                List.of("init", "--quiet", "--bare", "--template=", scratch.toString()),
                NOTHING,
                MOST_REFS_BYTES,
                done -> {
                    if (done.isGood()) {
                        fetch();
                    } else {
                        fail(done.failure());
                    }
                });
    }

    private void fetch() {
        isLooking = true;
        looking.set(home.nanos() + LOOK_NANOS);
        git(
                scratch,
                List.of(
                        "fetch",
                        "--quiet",
                        "--depth=1",
                        "--no-tags",
                        "--no-recurse-submodules",
                        "--no-write-fetch-head",
                        "--",
                        source.address(),
                        "+" + reference() + ":refs/heads/pulled"),
                NOTHING,
                MOST_REFS_BYTES,
                done -> {
                    isLooking = false;
                    looking.clear();
                    if (done.isGood()) {
                        resolve();
                    } else {
                        fail(done.failure());
                    }
                });
    }

    /// While the fetch runs: how much has come.
    private void look() {
        disk.list(home, scratch.resolve("objects").resolve("pack"), new Answer<>() {
            @Override
            public void ready(List<Disk.Entry> entries) {
                long bytes = entries.stream().mapToLong(Disk.Entry::sizeBytes).sum();
                GitCommand now = running;
                if (isLooking && now != null && bytes > MOST_FETCHED_BYTES) {
                    now.kill("the repository's commit is larger than " + (MOST_FETCHED_BYTES >> 20)
                            + " MB; keep the configuration in a repository of its own");
                }
                lookAgain();
            }

            @Override
            public void failed(IoFailure why) {
                // Not there yet.
                lookAgain();
            }
        });
    }

    private void lookAgain() {
        if (isLooking) {
            looking.set(home.nanos() + LOOK_NANOS);
        }
    }

    /// The branch may have moved since it was asked for.
    private void resolve() {
        git(scratch, List.of("rev-parse", "--verify", "refs/heads/pulled^{commit}"), NOTHING, MOST_REFS_BYTES, done -> {
            String id = new String(done.output(), StandardCharsets.UTF_8).strip();
            if (!done.isGood() || !isObject(id)) {
                fail(done.isGood() ? "git rev-parse named no commit" : done.failure());
                return;
            }
            commit = id;
            list();
        });
    }

    private void list() {
        git(
                scratch,
                List.of("ls-tree", "-r", "-l", "-z", "--full-tree", "refs/heads/pulled"),
                NOTHING,
                MOST_LIST_BYTES,
                done -> {
                    if (!done.isGood()) {
                        fail(done.failure());
                        return;
                    }
                    try {
                        var listed = GitListing.of(new String(done.output(), StandardCharsets.UTF_8), source.path());
                        read(listed);
                    } catch (PullException refused) {
                        fail(String.valueOf(refused.getMessage()));
                    }
                });
    }

    private void read(GitListing listed) {
        git(
                scratch,
                List.of("cat-file", "--batch"),
                listed.objects().getBytes(StandardCharsets.US_ASCII),
                Tree.MOST_BYTES + (long) Tree.MOST_FILES * 100,
                done -> {
                    if (!done.isGood()) {
                        fail(done.failure());
                        return;
                    }
                    try {
                        Tree tree = take(listed, done.output());
                        FolderRemoval.remove(
                                disk,
                                home,
                                scratch,
                                removed(() -> answer.ready(new Fetching.Fetched.Changed(tree, commit, ""))));
                    } catch (PullException broken) {
                        fail(String.valueOf(broken.getMessage()));
                    }
                });
    }

    /// `ID blob SIZE`, a line end, the bytes, a line end; in the order asked for.
    private static Tree take(GitListing listed, byte[] output) {
        var files = new TreeMap<String, byte[]>();
        int at = 0;
        for (GitListing.File file : listed.files()) {
            byte[] head = (file.object() + " blob " + file.sizeBytes() + "\n").getBytes(StandardCharsets.US_ASCII);
            int from = at + head.length;
            int to = from + file.sizeBytes();
            if (to + 1 > output.length
                    || !Arrays.equals(output, at, from, head, 0, head.length)
                    || output[to] != '\n') {
                throw new PullException("git cat-file gave something else than " + file.path());
            }
            files.put(file.path(), Arrays.copyOfRange(output, from, to));
            at = to + 1;
        }
        return new Tree(listed.main(), files);
    }

    private void fail(String why) {
        String secret = source.secret();
        String plain = secret.isEmpty() ? why : why.replace(secret, "...");
        FolderRemoval.remove(
                disk, home, scratch, removed(() -> answer.failed(new IoFailure(IoFailure.Kind.ERROR, plain))));
    }

    /// What could not be removed is tried again before the next fetch, which says so if it must.
    private static Answer<Disk.Done> removed(Runnable next) {
        return new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                next.run();
            }

            @Override
            public void failed(IoFailure why) {
                next.run();
            }
        };
    }
}
