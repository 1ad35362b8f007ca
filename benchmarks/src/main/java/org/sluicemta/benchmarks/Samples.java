package org.sluicemta.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;
import org.sluicemta.spool.AcceptedMessage;
import org.sluicemta.spool.AcceptedRecipient;

/// What the benchmarks work on: a message of 10 KB of a newsletter, with one recipient.
public final class Samples {
    public static final int SIZE = 10_240;
    public static final String FROM = "bounce-7731@news.sender.example";
    public static final String TO = "ann.other@receiver.example";
    public static final QueueKey QUEUE = new QueueKey("receiver.example", "news1");

    private Samples() {}

    /// CRLF only; three lines begin with a dot.
    public static byte[] message() {
        var text = new StringBuilder(SIZE + 100);
        text.append("Received: from feeder.example (192.0.2.10) by mail.sender.example with ESMTP; 1 Nov 2026\r\n")
                .append("From: News <news@sender.example>\r\nTo: <" + TO + ">\r\nSubject: The news of today\r\n")
                .append("Message-ID: <1234567890@sender.example>\r\nMIME-Version: 1.0\r\n")
                .append("List-Unsubscribe: <https://sender.example/u/12345>\r\nContent-Type: text/html\r\n\r\n");
        for (int line = 0; text.length() < SIZE - 80; line++) {
            text.append(line % 40 == 39 ? "." : "")
                    .append("<p>The quick brown fox jumps over the lazy dog and the mail goes on.</p>\r\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    public static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    public static AcceptedMessage accepted(long number) {
        return new AcceptedMessage(
                new MessageId(1, number),
                1_700_000_000_000L,
                FROM,
                "smtp",
                "feeder.example (192.0.2.10)",
                false,
                "",
                ContentShape.of(message()),
                List.of("Subject: The news of today"),
                List.of(new AcceptedRecipient(TO, QUEUE, "news", "newsletter-34", "", "", 0, 50, 0)));
    }
}
