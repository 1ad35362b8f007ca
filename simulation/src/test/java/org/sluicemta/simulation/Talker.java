package org.sluicemta.simulation;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.TlsFacts;

/// An engine that notes what it hears and checks that calls neither overlap nor come elsewhere or after the end.
final class Talker implements Engine {
    private static final int MOST_TEXT = 10_000;
    final List<String> calls = new ArrayList<>();
    final List<Integer> portions = new ArrayList<>();
    Consumer<Connection> whenOpened = c -> {};
    BiConsumer<Connection, String> whenBytes = (c, all) -> {};
    Consumer<Connection> whenSecured = c -> {};
    Consumer<Connection> whenEnded = Connection::close;

    @Nullable
    Connection connection;

    @Nullable
    TlsFacts facts;

    @Nullable
    IoFailure end;

    private final Loop loop;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private boolean isInside;

    Talker(Loop loop) {
        this.loop = loop;
    }

    static void say(Connection c, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        c.out(bytes.length).put(bytes);
        c.flush();
    }

    String text() {
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    int received() {
        return received.size();
    }

    IoFailure.Kind kind() {
        if (end == null) {
            throw new AssertionError("not over: " + calls);
        }
        return end.kind();
    }

    private void enter(String call, Runnable body) {
        if (isInside || !loop.isCurrent() || end != null) {
            throw new AssertionError(call + " within, elsewhere or after the end, behind " + calls);
        }
        calls.add(call);
        isInside = true;
        body.run();
        isInside = false;
    }

    private Connection connection() {
        if (connection == null) {
            throw new AssertionError("not opened");
        }
        return connection;
    }

    @Override
    public void opened(Connection opened) {
        connection = opened;
        enter("opened", () -> whenOpened.accept(opened));
    }

    @Override
    public void bytes(ByteBuffer lent) {
        enter("bytes", () -> {
            byte[] bytes = new byte[lent.remaining()];
            lent.get(bytes);
            portions.add(bytes.length);
            received.writeBytes(bytes);
            if (received.size() < MOST_TEXT) {
                whenBytes.accept(connection(), text());
            }
        });
    }

    @Override
    public void writable() {
        enter("writable", () -> {});
    }

    @Override
    public void secured(TlsFacts settled) {
        facts = settled;
        enter("secured", () -> whenSecured.accept(connection()));
    }

    @Override
    public void ended() {
        enter("ended", () -> whenEnded.accept(connection()));
    }

    @Override
    public void failed(IoFailure why) {
        enter("failed", () -> {});
        end = why;
    }
}
