package org.sluicemta.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Slice;

/// A record for tests: it remembers what became of it.
class Note extends Entry {
    private final int type;
    private final int flags;
    private final byte[] head;
    private final @Nullable Slice body;
    private final List<Runnable> whenDurable = new ArrayList<>();
    boolean isDurable;

    @Nullable
    IoFailure refusal;

    long at;

    Note(int type, int flags, byte[] head, @Nullable Slice body) {
        this.type = type;
        this.flags = flags;
        this.head = head;
        this.body = body;
    }

    /// An event.
    static Note of(String head) {
        return new Note(2, 0, head.getBytes(StandardCharsets.UTF_8), null);
    }

    static Note content(int type, byte[] head, byte[] body, Memory memory) {
        Slice slice = memory.take(body.length);
        slice.view(0, body.length).put(body);
        return new Note(type, 0, head, slice);
    }

    Note whenDurable(Runnable then) {
        whenDurable.add(then);
        return this;
    }

    boolean isAnswered() {
        return isDurable || refusal != null;
    }

    @Override
    public int type() {
        return type;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public int flags() {
        return flags;
    }

    @Override
    public int headLength() {
        return head.length;
    }

    @Override
    public void writeHead(ByteBuffer to) {
        to.put(head);
    }

    @Override
    public @Nullable Slice body() {
        return body;
    }

    @Override
    public void durable(long position) {
        if (isAnswered()) {
            throw new AssertionError("answered twice");
        }
        isDurable = true;
        at = position;
        if (body != null) {
            body.release();
        }
        whenDurable.forEach(Runnable::run);
    }

    @Override
    public void refused(IoFailure why) {
        if (isAnswered()) {
            throw new AssertionError("answered twice");
        }
        refusal = why;
        if (body != null) {
            body.release();
        }
    }
}
