package org.sluicemta.app;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.config.FileSource;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.WebAnswer;
import org.sluicemta.world.WebPlan;
import org.sluicemta.world.World;

/// Documents of the web that a configuration includes: fetched while it is read, each once; the last good copy of one
/// that cannot be fetched. Safe from any thread; its readings block and are never used on a loop.
final class WebIncludes {
    static final int MOST_DOCUMENT_BYTES = 8 << 20;
    private static final int MOST_REDIRECTS = 5;
    /// For one document.
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /// For all documents of one reading: a start or a reload waits for them.
    private static final Duration WHOLE_PATIENCE = Duration.ofSeconds(60);
    /// Beyond the time-out of the fetch itself, which answers.
    private static final Duration SLACK = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(WebIncludes.class);

    private final @Nullable Supplier<World> world;
    private final WebCopies copies;
    private @Nullable Loop lane;

    private WebIncludes(@Nullable Supplier<World> world, WebCopies copies) {
        this.world = world;
        this.copies = copies;
    }

    /// @param world asked for when the first document is to be fetched
    static WebIncludes fetching(Supplier<World> world, WebCopies copies) {
        return new WebIncludes(world, copies);
    }

    /// Fetches nothing.
    static WebIncludes offline(WebCopies copies) {
        return new WebIncludes(null, copies);
    }

    /// One reading of a configuration: files from `files`, documents from the web. Owner: the thread that reads.
    Reading over(FileSource files) {
        return new Reading(files);
    }

    /// Made with the first document: most configurations include none.
    private synchronized Loop lane(World in) {
        Loop made = lane;
        if (made == null) {
            made = in.lane("includes");
            lane = made;
        }
        return made;
    }

    final class Reading implements FileSource {
        private final FileSource files;
        /// A document may be included in a thousand blocks.
        private final Map<URI, Fetched> known = new HashMap<>();

        private long leftNanos = WHOLE_PATIENCE.toNanos();

        private Reading(FileSource files) {
            this.files = files;
        }

        @Override
        public Content read(Path file) {
            return files.read(file);
        }

        @Override
        public List<Entry> list(Path folder) {
            return files.list(folder);
        }

        @Override
        public Fetched fetch(URI address) {
            Fetched fetched = known.get(address);
            if (fetched == null) {
                fetched = world == null ? offline(address) : ask(address, world.get());
                known.put(address, fetched);
            }
            return fetched;
        }

        /// The configuration is good: what was fetched for it stands in from now on where it cannot be fetched.
        void keep() {
            known.forEach((address, fetched) -> {
                if (fetched instanceof Fetched.Fresh(byte[] bytes)) {
                    copies.keep(address, bytes)
                            .ifPresent(why -> LOG.warn(
                                    "no copy of {} is kept, and a start without it will fail: {}", address, why));
                }
            });
        }

        private Fetched offline(URI address) {
            WebCopies.Copy copy = copies.find(address);
            return copy == null
                    ? new Fetched.NotTried()
                    : new Fetched.Kept(copy.bytes(), "nothing is to be fetched", copy.at());
        }

        private Fetched ask(URI address, World in) {
            if (leftNanos <= 0) {
                return instead(address, "the documents before it took " + WHOLE_PATIENCE.toSeconds() + " s already");
            }
            long patience = Math.min(leftNanos, PATIENCE.toNanos());
            BlockingQueue<Fetched> answer = new ArrayBlockingQueue<>(1);
            long began = System.nanoTime();
            in.web()
                    .get(
                            lane(in),
                            new WebPlan(address, "", MOST_DOCUMENT_BYTES, MOST_REDIRECTS, patience),
                            new Answer<>() {
                                @Override
                                public void ready(WebAnswer came) {
                                    answer.add(of(came));
                                }

                                @Override
                                public void failed(IoFailure why) {
                                    answer.add(new Fetched.Failed(why.text()));
                                }
                            });
            Fetched fetched;
            try {
                fetched = answer.poll(patience + SLACK.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException ending) {
                Thread.currentThread().interrupt();
                fetched = new Fetched.Failed("it was given up");
            }
            leftNanos -= System.nanoTime() - began;
            if (fetched == null) {
                fetched = new Fetched.Failed("nothing answered in time");
            }
            return fetched instanceof Fetched.Failed(String why) ? instead(address, why) : fetched;
        }

        private static Fetched of(WebAnswer came) {
            return switch (came) {
                case WebAnswer.Document document -> new Fetched.Fresh(document.bytes());
                case WebAnswer.Unchanged _ -> new Fetched.Failed("the web server answers 304, and was not asked to");
                case WebAnswer.Refused refused -> new Fetched.Failed("the web server answers " + refused.status());
                case WebAnswer.TooLarge _ ->
                    new Fetched.Failed("it is larger than " + (MOST_DOCUMENT_BYTES >> 20) + " MB");
                case WebAnswer.Strayed strayed -> new Fetched.Failed(strayed.why() + " is not followed");
            };
        }

        private Fetched instead(URI address, String why) {
            WebCopies.Copy copy = copies.find(address);
            return copy == null ? new Fetched.Failed(why) : new Fetched.Kept(copy.bytes(), why, copy.at());
        }
    }
}
