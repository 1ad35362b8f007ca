package org.sluicemta.proof.whole;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;

/// A command over the control socket, and its answer.
///
/// @param over runs when the whole answer has come, or none will
record Asking(List<String> words, StringBuilder answer, Runnable over) implements Engine {
    @Override
    public void opened(Connection connection) {
        byte[] request = (String.join("\0", words) + "\0\0").getBytes(StandardCharsets.UTF_8);
        connection.out(request.length).put(request);
        connection.flush();
    }

    @Override
    public void bytes(ByteBuffer lent) {
        answer.append(StandardCharsets.UTF_8.decode(lent));
    }

    @Override
    public void ended() {
        // the end of the answer; what follows is `failed`
        over.run();
    }

    @Override
    public void failed(IoFailure why) {
        over.run();
    }
}
