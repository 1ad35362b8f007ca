package org.sluicemta.proof.whole;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;

/// Says EHLO when it is greeted, then all the rest at once, and keeps what is answered.
///
/// @param rest commands with their line ends, content by BDAT; QUIT is the last
/// @param over runs when the server has closed
record Dictation(String rest, StringBuilder answers, Runnable over, Connection[] connection) implements Engine {
    Dictation(String rest, StringBuilder answers, Runnable over) {
        this(rest, answers, over, new Connection[1]);
    }

    private void say(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        connection[0].out(bytes.length).put(bytes);
        connection[0].flush();
    }

    @Override
    public void opened(Connection opened) {
        connection[0] = opened;
    }

    @Override
    public void bytes(ByteBuffer lent) {
        boolean wasGreeted = answers.indexOf("220 ") >= 0;
        boolean hadEhlo = answers.indexOf("\r\n250 ") >= 0;
        answers.append(StandardCharsets.UTF_8.decode(lent));
        if (!wasGreeted && answers.indexOf("220 ") >= 0) {
            say("EHLO dictation.example\r\n");
        } else if (!hadEhlo && answers.indexOf("\r\n250 ") >= 0) {
            say(rest);
        }
    }

    @Override
    public void ended() {
        over.run();
    }

    @Override
    public void failed(IoFailure why) {
        over.run();
    }
}
