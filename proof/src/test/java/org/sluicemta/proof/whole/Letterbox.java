package org.sluicemta.proof.whole;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.ContentFacts;
import org.sluicemta.smtp.ContentSink;
import org.sluicemta.smtp.Extension;
import org.sluicemta.smtp.PendingReply;
import org.sluicemta.smtp.Reply;
import org.sluicemta.smtp.ServerSettings;
import org.sluicemta.smtp.SmtpServerEngine;
import org.sluicemta.smtp.SubmissionControl;
import org.sluicemta.smtp.SubmissionSession;
import org.sluicemta.world.Connection;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

/// Takes all mail and keeps it: where the senders of a test read what is reported to them. Owner: its loop.
final class Letterbox {
    /// @param reversePath empty for the null one
    record Letter(String reversePath, List<String> recipients, String text) {
        /// The first value of a field, wherever it stands; empty for none.
        String field(String name) {
            return text.lines()
                    .filter(line -> line.startsWith(name + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElse("");
        }
    }

    final List<Letter> letters = new ArrayList<>();

    /// Who was told what of whom: the ids of the reports by sender and final recipient. A report that was delivered
    /// twice has one id.
    static Map<Pair, Set<String>> reports(List<Letter> letters) {
        Map<Pair, Set<String>> found = new HashMap<>();
        for (Letter letter : letters) {
            letter.text()
                    .lines()
                    .filter(line -> line.startsWith("Final-Recipient: rfc822;"))
                    .forEach(line -> found.computeIfAbsent(
                                    new Pair(letter.recipients().getFirst(), line.substring(24)), _ -> new HashSet<>())
                            .add(letter.field("Message-ID")));
        }
        return found;
    }

    Letterbox(Network network, Loop loop, InetSocketAddress at) {
        Set<Extension> offer = EnumSet.copyOf(ServerSettings.DEFAULT_OFFER);
        offer.remove(Extension.DSN);
        var usual = ServerSettings.of("letterbox.example");
        var settings = new ServerSettings(
                usual.hostName(),
                offer,
                null,
                0,
                1000,
                100,
                20,
                usual.commandTimeout(),
                usual.dataTimeout(),
                usual.messageTimeout(),
                usual.greetingDelay());
        network.listen(
                loop,
                new ListenPlan.Tcp(at, 64),
                (remote, here) -> new Network.Seat(loop, new SmtpServerEngine(settings, new Session())));
    }

    private final class Session implements SubmissionSession, ContentSink {
        private final List<String> recipients = new ArrayList<>();
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private String reversePath = "";

        @Override
        public Reply greeting(Connection connection, SubmissionControl control) {
            return Reply.of(220, "letterbox.example ready");
        }

        @Override
        public Reply hello(Command.Hello hello) {
            return Reply.of(250, "letterbox.example");
        }

        @Override
        public Reply mail(Command.Mail mail) {
            recipients.clear();
            reversePath = mail.reversePath().toString();
            return Reply.of(250, "2.1.0 ok");
        }

        @Override
        public Reply recipient(Command.Rcpt rcpt) {
            recipients.add(rcpt.forwardPath().toString());
            return Reply.of(250, "2.1.5 ok");
        }

        @Override
        public ContentStart beginContent() {
            content.reset();
            return ContentStart.into(this);
        }

        @Override
        public Taken accept(ByteBuffer lent) {
            byte[] bytes = new byte[lent.remaining()];
            lent.get(bytes);
            content.writeBytes(bytes);
            return Taken.TAKEN;
        }

        @Override
        public void endContent(ContentFacts facts, PendingReply pending) {
            var letter = new Letter(reversePath, List.copyOf(recipients), content.toString(StandardCharsets.UTF_8));
            if (pending.answer(Reply.of(250, "2.0.0 taken"))) {
                letters.add(letter);
            }
        }

        @Override
        public void reset() {
            recipients.clear();
        }

        @Override
        public void closed(IoFailure why) {}
    }
}
