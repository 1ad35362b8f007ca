package org.sluicemta.smtp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.TlsFacts;

/// A session for tests. The local part decides: `reject` 550, `defer` 451; `nomemory` as a sender has no room.
final class RecordingSession implements SubmissionSession {
    final List<String> events = new ArrayList<>();
    /// What AUTH offers; joe's claims are believed.
    List<SaslMechanism> mechanisms = List.of();
    final List<byte[]> messages = new ArrayList<>();
    final List<ContentFacts> facts = new ArrayList<>();
    Reply greeting = Reply.of(220, "mx.example.org ESMTP ready");
    Reply contentAnswer = Reply.of(250, "2.0.0 queued");
    boolean answersLater;
    boolean pauses;
    int sinkRoom = Integer.MAX_VALUE;

    @Nullable
    Reply contentRefusal;

    @Nullable
    PendingReply pending;

    @Nullable
    SubmissionControl control;

    private ByteArrayOutputStream content = new ByteArrayOutputStream();

    @Override
    public Reply greeting(Connection connection, SubmissionControl control) {
        this.control = control;
        return greeting;
    }

    @Override
    public Reply hello(Command.Hello hello) {
        events.add((hello.isExtended() ? "ehlo " : "helo ") + hello.name());
        return hello.name().equals("bad.example") ? Reply.of(550, "5.7.1 not you") : Reply.of(250, "mx.example.org");
    }

    @Override
    public void secured(TlsFacts facts) {
        events.add("secured");
    }

    @Override
    public Reply mail(Command.Mail mail) {
        events.add("mail <" + mail.reversePath() + ">"
                + (mail.declaredSize() < 0 ? "" : " size=" + mail.declaredSize())
                + (mail.body() == Command.Body.UNSTATED ? "" : " body=" + mail.body())
                + (mail.isSmtpUtf8() ? " utf8" : ""));
        return answer(mail.reversePath().localPart(), "2.1.0 sender OK");
    }

    @Override
    public Reply recipient(Command.Rcpt rcpt) {
        events.add("rcpt <" + rcpt.forwardPath() + ">");
        return answer(rcpt.forwardPath().localPart(), "2.1.5 recipient OK");
    }

    private static Reply answer(String local, String text) {
        return switch (local) {
            case "reject" -> Reply.of(550, "5.1.1 no such user");
            case "defer" -> Reply.of(451, "4.2.1 later");
            default -> Reply.of(250, text);
        };
    }

    @Override
    public ContentStart beginContent() {
        content = new ByteArrayOutputStream();
        return contentRefusal != null ? ContentStart.refused(contentRefusal) : ContentStart.into(this::accept);
    }

    private ContentSink.Taken accept(ByteBuffer lent) {
        if (content.size() + lent.remaining() > sinkRoom) {
            return ContentSink.Taken.NO_MEMORY;
        }
        var copy = new byte[lent.remaining()];
        lent.get(copy);
        content.writeBytes(copy);
        return pauses ? ContentSink.Taken.PAUSE : ContentSink.Taken.TAKEN;
    }

    @Override
    public void endContent(ContentFacts facts, PendingReply pending) {
        events.add("content " + facts.sizeBytes());
        messages.add(content.toByteArray());
        this.facts.add(facts);
        if (answersLater) {
            this.pending = pending;
        } else {
            pending.answer(contentAnswer);
        }
    }

    @Override
    public void reset() {
        events.add("reset");
    }

    @Override
    public List<SaslMechanism> mechanisms() {
        return mechanisms;
    }

    @Override
    public @Nullable Reply refusesMechanism(SaslMechanism mechanism) {
        return mechanisms.contains(mechanism) ? null : Reply.of(504, "5.5.4 no such mechanism");
    }

    @Override
    public String challenge() {
        return "<1.2@mx.example.org>";
    }

    @Override
    public void authenticate(Credentials claim, PendingReply pending) {
        boolean isJoe = claim.user().equals("joe") && claim.prove("pass word");
        events.add("login " + claim.user());
        pending.answer(isJoe ? Reply.of(235, "2.7.0 welcome") : Reply.of(535, "5.7.8 authentication failed"));
    }

    @Override
    public void closed(IoFailure why) {
        events.add("closed " + why.kind());
    }

    String message(int index) {
        return new String(messages.get(index), StandardCharsets.ISO_8859_1);
    }
}
