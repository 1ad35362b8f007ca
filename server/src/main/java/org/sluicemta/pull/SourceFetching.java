package org.sluicemta.pull;

import java.nio.file.Path;
import java.time.Duration;
import org.sluicemta.config.ConfigSource;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.WebAnswer;
import org.sluicemta.world.WebPlan;
import org.sluicemta.world.World;

/// Fetches by git or by HTTP, whichever the source is. Owner: `home`.
public final class SourceFetching implements Fetching {
    /// Of the one file that comes by HTTP.
    static final int MOST_DOCUMENT_BYTES = 8 << 20;

    private static final int MOST_REDIRECTS = 5;
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final String MAIN = "config";

    private final World world;
    private final Loop home;
    private final Path folder;

    /// @param folder of the versions; git has a folder in it while it fetches
    public SourceFetching(World world, Loop home, Path folder) {
        this.world = world;
        this.home = home;
        this.folder = folder;
    }

    @Override
    public void fetch(ConfigSource source, String revision, String etag, Answer<Fetched> answer) {
        switch (source) {
            case ConfigSource.Git git ->
                new GitFetch(
                                home,
                                world.children(),
                                world.disk(),
                                folder.resolve(VersionStore.SCRATCH),
                                git,
                                revision,
                                answer)
                        .begin();
            case ConfigSource.Document document ->
                world.web()
                        .get(
                                home,
                                new WebPlan(
                                        document.address(),
                                        etag,
                                        MOST_DOCUMENT_BYTES,
                                        MOST_REDIRECTS,
                                        TIMEOUT.toNanos()),
                                document(source, answer));
        }
    }

    private static Answer<WebAnswer> document(ConfigSource source, Answer<Fetched> answer) {
        return new Answer<>() {
            @Override
            public void ready(WebAnswer came) {
                switch (came) {
                    case WebAnswer.Document document -> {
                        Tree tree = Tree.ofOne(MAIN, document.bytes());
                        answer.ready(new Fetched.Changed(
                                tree, tree.fingerprint().substring(0, 12), Ledger.soundEtag(document.etag())));
                    }
                    case WebAnswer.Unchanged _ -> answer.ready(new Fetched.Unchanged());
                    case WebAnswer.Refused refused -> refuse("the web server answers " + refused.status());
                    case WebAnswer.TooLarge _ ->
                        refuse("the document is larger than " + (MOST_DOCUMENT_BYTES >> 20) + " MB");
                    case WebAnswer.Strayed strayed -> refuse(strayed.why() + " is not followed");
                }
            }

            private void refuse(String why) {
                answer.failed(new IoFailure(IoFailure.Kind.ERROR, source.shown() + ": " + why));
            }

            @Override
            public void failed(IoFailure why) {
                answer.failed(new IoFailure(why.kind(), Texts.plain(why.text())));
            }
        };
    }
}
