package org.sluicemta.spool;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.journal.Entry;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Slice;

/// One message on its way to a fresh segment of its folder: read, its chunks written again, then its acceptance, which
/// commits them. Owner: the loop that asked.
final class MessageMove {
    private static final IoFailure NOT_NOW = new IoFailure(IoFailure.Kind.EXHAUSTED, "the folder takes no copies now");

    private final JournalSpool spool;
    private final LoopSide side;
    private final SpoolFolder folder;
    private final long place;
    private final Answer<Long> answer;
    private final List<Long> chunkPlaces = new ArrayList<>();

    MessageMove(JournalSpool spool, LoopSide side, SpoolFolder folder, long place, Answer<Long> answer) {
        this.spool = spool;
        this.side = side;
        this.folder = folder;
        this.place = place;
        this.answer = answer;
    }

    void start() {
        new MessageReading(spool, side.reader(folder.number()), place, new Answer<>() {
                    @Override
                    public void ready(MessageReading.Read read) {
                        nextChunk(read);
                    }

                    @Override
                    public void failed(IoFailure why) {
                        answer.failed(why);
                    }
                })
                .start();
    }

    private void nextChunk(MessageReading.Read read) {
        int number = chunkPlaces.size();
        if (number == read.chunks().size()) {
            acceptance(read);
            return;
        }
        if (!side.mayAsk()) {
            fail(read, NOT_NOW);
            return;
        }
        Slice bytes = read.chunks().get(number).retain();
        byte[] head = ChunkEntry.head(side.writer(), read.message().id(), number);
        append(new ChunkEntry(side, folder, head, bytes, new Answer<>() {
            @Override
            public void ready(Long chunkPlace) {
                chunkPlaces.add(chunkPlace);
                nextChunk(read);
            }

            @Override
            public void failed(IoFailure why) {
                fail(read, why);
            }
        }));
    }

    private void acceptance(MessageReading.Read read) {
        if (!side.mayAsk()) {
            fail(read, NOT_NOW);
            return;
        }
        long[] places = chunkPlaces.stream().mapToLong(Long::longValue).toArray();
        long[] local = chunkPlaces.stream().mapToLong(Place::local).toArray();
        long original = read.originalPosition() == 0 ? Place.local(place) : read.originalPosition();
        byte[] head = AcceptanceEncoding.encode(side.writer(), read.message(), local, original);
        read.chunks().forEach(Slice::release);
        append(new CopyEntry(spool, side, folder, head, read.rest(), places, answer));
    }

    private void append(Entry entry) {
        if (!folder.takesContent() || !folder.journal().content().append(entry)) {
            entry.refused(NOT_NOW);
        }
    }

    private void fail(MessageReading.Read read, IoFailure why) {
        read.release();
        spool.releaseChunks(chunkPlaces.stream().mapToLong(Long::longValue).toArray());
        answer.failed(why);
    }
}
