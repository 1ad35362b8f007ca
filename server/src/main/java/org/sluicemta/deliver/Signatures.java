package org.sluicemta.deliver;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.sign.BodyHash;
import org.sluicemta.sign.Canonicalization;
import org.sluicemta.sign.SignException;
import org.sluicemta.sign.Signer;
import org.sluicemta.spool.StoredMessage;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.Workers;

/// Has messages signed, and their headers changed, on workers, just before the first transaction that needs it. What is
/// signed is what is sent. One signature serves all queues of this loop that send a message alike, for as long as it is
/// remembered.
///
/// Owner: the shard's loop.
final class Signatures {
    /// The most signatures remembered; one takes about 1 KB.
    private static final int MOST_KEPT = 2_000;
    /// While the workers are full, ask again after so long.
    private static final long AGAIN_NANOS = 10_000_000;
    /// A signature is made anew after so long, so that what it says of its time is true.
    private static final long REUSED_SECONDS = 600;
    /// A key that fails is told of so often at most.
    private static final long TOLD_NANOS = 60_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(Signatures.class);

    /// @param position of the message in the journal: unique while it waits
    private record Asked(long position, Signing signing, HeaderEdit edit) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Asked that
                    && position == that.position
                    && signing == that.signing
                    && edit.equals(that.edit);
        }

        @Override
        public int hashCode() {
            return Objects.hash(position, System.identityHashCode(signing));
        }
    }

    private record Made(Front front, long untilSeconds) {}

    /// What goes in front of a message.
    ///
    /// @param fields whole header fields in ASCII, each with its CRLF; none begins with a dot
    /// @param header what is sent in the place of the stored header section; or null for that
    record Front(byte[] fields, byte @Nullable [] header) {
        static final Front NOTHING = new Front(new byte[0], null);
        /// Signing failed; by identity.
        static final Front NOT_SIGNED = new Front(new byte[0], null);
    }

    private final Loop loop;
    private final Workers workers;
    private final Map<Asked, Made> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Asked, Made> eldest) {
            return size() > MOST_KEPT;
        }
    };
    /// Who waits for a signature that a worker makes.
    private final Map<Asked, List<Consumer<Front>>> underWay = new HashMap<>();
    private long toldNanos = Long.MIN_VALUE;

    Signatures(Loop loop, Workers workers) {
        this.loop = loop;
        this.workers = workers;
    }

    /// Signs `message` as `signing` says; the header fields to put in front of it come in a later turn, or at once
    /// where they are remembered. Empty if no key fits. The message is held until then, and is signed once, however
    /// many ask meanwhile.
    void sign(StoredMessage message, Signing signing, HeaderEdit edit, Consumer<Front> then) {
        var asked = new Asked(message.position(), signing, edit);
        Made known = kept.get(asked);
        if (known != null && nowSeconds() < known.untilSeconds()) {
            then.accept(known.front());
            return;
        }
        List<Consumer<Front>> same = underWay.get(asked);
        if (same != null) {
            same.add(then);
            return;
        }
        var waiting = new ArrayList<Consumer<Front>>(1);
        waiting.add(then);
        underWay.put(asked, waiting);
        message.content().retain();
        ask(asked, message);
    }

    private void ask(Asked asked, StoredMessage message) {
        long now = nowSeconds();
        workers.run(loop, () -> made(message, asked, now), new Answer<>() {
            @Override
            public void ready(Front front) {
                if (front.header() == null) {
                    // Whole headers would be a lot to remember.
                    kept.put(asked, new Made(front, now + reusedSeconds(asked.signing())));
                }
                answer(front);
            }

            @Override
            public void failed(IoFailure why) {
                if (why.kind() == IoFailure.Kind.EXHAUSTED) {
                    loop.alarm(() -> ask(asked, message)).set(loop.nanos() + AGAIN_NANOS);
                    return;
                }
                if (toldNanos == Long.MIN_VALUE || loop.nanos() - toldNanos > TOLD_NANOS) {
                    toldNanos = loop.nanos();
                    LOG.warn("a message could not be signed and waits: {}", why.text());
                }
                answer(Front.NOT_SIGNED);
            }

            private void answer(Front front) {
                message.content().release();
                List<Consumer<Front>> all = underWay.remove(asked);
                if (all != null) {
                    all.forEach(each -> each.accept(front));
                }
            }
        });
    }

    private long nowSeconds() {
        return loop.serverMillis() / 1000;
    }

    /// Half the life of the shortest signature, [#REUSED_SECONDS] at most.
    private static long reusedSeconds(Signing signing) {
        long least = REUSED_SECONDS;
        for (Signing.Plan plan : signing.plans()) {
            least = Math.min(least, plan.form().expireAfterSeconds().orElse(Long.MAX_VALUE) / 2);
        }
        return least;
    }

    private static Front made(StoredMessage message, Asked asked, long nowSeconds) {
        int headerBytes = message.message().shape().headerBytes();
        byte[] stored = header(message, headerBytes);
        if (asked.edit().isNothing()) {
            return new Front(signed(message, stored, asked.signing(), nowSeconds), null);
        }
        byte[] changed = asked.edit().apply(stored);
        byte[] fields = asked.signing().isNone()
                ? StoredContent.NO_FIELDS
                : signed(message, changed, asked.signing(), nowSeconds);
        return new Front(fields, changed);
    }

    private static byte[] signed(StoredMessage message, byte[] section, Signing signing, long nowSeconds) {
        int headerBytes = message.message().shape().headerBytes();
        byte[] header = withoutEmptyLine(section);
        Map<Canonicalization, byte[]> hashes = new EnumMap<>(Canonicalization.class);
        var fields = new ByteArrayOutputStream(1024);
        List<Signing.Chosen> chosen = signing.choose(header);
        for (Signing.Chosen each : chosen) {
            byte[] hash = hashes.computeIfAbsent(each.form().body(), form -> bodyHash(message, headerBytes, form));
            try {
                fields.writeBytes(
                        Signer.sign(header, hash, each.key().key(), each.identity(), each.form(), nowSeconds));
            } catch (SignException e) {
                throw new SignException(each.key().origin() + ": " + e.getMessage());
            }
        }
        return fields.toByteArray();
    }

    private static byte[] header(StoredMessage message, int bytes) {
        var header = new byte[bytes];
        int at = 0;
        for (Slice slice : message.content().slices()) {
            int length = Math.min(bytes - at, slice.length());
            slice.view(0, length).get(header, at, length);
            at += length;
            if (at == bytes) {
                break;
            }
        }
        return header;
    }

    /// A section without an empty line behind it is that of a message without a body.
    private static byte[] withoutEmptyLine(byte[] header) {
        int length = header.length;
        boolean hasEmptyLine = length >= 2
                && header[length - 1] == '\n'
                && header[length - 2] == '\r'
                && (length == 2 || length >= 4 && header[length - 3] == '\n');
        return hasEmptyLine ? Arrays.copyOf(header, length - 2) : header;
    }

    private static byte[] bodyHash(StoredMessage message, int headerBytes, Canonicalization form) {
        var hash = new BodyHash(form);
        long skip = headerBytes;
        for (Slice slice : message.content().slices()) {
            int from = (int) Math.min(skip, slice.length());
            skip -= from;
            hash.update(slice.view(from, slice.length() - from));
        }
        return hash.digest();
    }
}
