package org.sluicemta.spool;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.journal.Damage;
import org.sluicemta.journal.JournalReader;
import org.sluicemta.journal.Position;
import org.sluicemta.journal.StoredRecord;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// One message being read back: its acceptance, then its chunks in order. Owner: the loop that asked.
final class MessageReading {
    /// What was read; the holders of the slices pass to the taker.
    ///
    /// @param originalPosition of a copy, else 0
    /// @param rest what stands in the acceptance itself, perhaps nothing
    record Read(AcceptedMessage message, long originalPosition, List<Slice> chunks, Slice rest) {
        Content content() {
            List<Slice> slices = new ArrayList<>(chunks);
            if (rest.length() > 0 || slices.isEmpty()) {
                slices.add(rest);
            }
            return new Content(slices, slices.stream().mapToLong(Slice::length).sum());
        }

        void release() {
            chunks.forEach(Slice::release);
            rest.release();
        }
    }

    private final JournalSpool spool;
    private final JournalReader reader;
    private final long place;
    private final Answer<Read> answer;
    private final List<Slice> chunks = new ArrayList<>();
    private long promised;

    MessageReading(JournalSpool spool, JournalReader reader, long place, Answer<Read> answer) {
        this.spool = spool;
        this.reader = reader;
        this.place = place;
        this.answer = answer;
    }

    void start() {
        reader.read(Place.local(place), new Part() {
            @Override
            public void record(StoredRecord record) {
                acceptance(record);
            }
        });
    }

    private void acceptance(StoredRecord record) {
        try {
            if (record.type() != RecordTypes.ACCEPTANCE) {
                throw new SpoolException("a record of type " + record.type() + " stands where a message should");
            }
            var head = new AcceptanceHead(record.head());
            AcceptedMessage message = head.message();
            long[] positions = head.chunkPositions();
            long original = head.originalPosition();
            Slice body = record.body();
            Slice rest = body == null ? EmptySlice.EMPTY : body.retain();
            record.release();
            if (!mayRead(positions)) {
                rest.release();
                fail(new IoFailure(
                        IoFailure.Kind.EXHAUSTED,
                        spool.where(place) + ": no room to read the message back while others are sent"));
                return;
            }
            nextChunk(message, original, positions, rest);
        } catch (SpoolException unreadable) {
            record.release();
            fail(new IoFailure(IoFailure.Kind.ERROR, spool.where(place) + ": " + unreadable.getMessage()));
        }
    }

    private boolean mayRead(long[] positions) {
        long bytes = 0;
        for (long position : positions) {
            // It tells the size to within a fifth.
            bytes += Position.bytes(position) * 6 / 5;
        }
        if (bytes > 0 && !spool.mayRead(bytes)) {
            return false;
        }
        promised = bytes;
        return true;
    }

    private void end() {
        spool.readingEnded(promised);
        promised = 0;
    }

    private void nextChunk(AcceptedMessage message, long original, long[] positions, Slice rest) {
        if (chunks.size() == positions.length) {
            end();
            answer.ready(new Read(message, original, chunks, rest));
            return;
        }
        reader.read(positions[chunks.size()], new Part() {
            @Override
            public void record(StoredRecord record) {
                Slice body = record.body();
                if (record.type() == RecordTypes.CHUNK && body != null) {
                    chunks.add(body.retain());
                    record.release();
                    nextChunk(message, original, positions, rest);
                } else {
                    record.release();
                    rest.release();
                    fail(new IoFailure(
                            IoFailure.Kind.ERROR, spool.where(place) + ": chunk " + chunks.size() + " is no chunk"));
                }
            }

            @Override
            void giveBack() {
                rest.release();
            }
        });
    }

    private void fail(IoFailure why) {
        chunks.forEach(Slice::release);
        end();
        answer.failed(why);
    }

    private abstract class Part implements JournalReader.Reading {
        void giveBack() {}

        @Override
        public void damaged(Damage damage) {
            giveBack();
            spool.found(damage);
            fail(new IoFailure(IoFailure.Kind.ERROR, damage.toString()));
        }

        @Override
        public void failed(IoFailure why) {
            giveBack();
            fail(why);
        }
    }
}
