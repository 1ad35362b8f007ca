package org.sluicemta.spool;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.sluicemta.mail.ContentShape;
import org.sluicemta.mail.MessageId;
import org.sluicemta.mail.QueueKey;

/// Records to test with: fixed ones for the golden file, and any from a seed.
final class RecordSamples {
    private RecordSamples() {}

    static AcceptedMessage fixedMessage() {
        return new AcceptedMessage(
                new MessageId(0x0123456789ABCDEFL, 42),
                1_714_570_200_123L,
                "news@bounce.example.com",
                "smtp",
                "feeder.example.com (192.0.2.10)",
                true,
                "HDRS",
                new ContentShape(10_240, 512, true, 998, new long[] {600, 700, 9_000}, true, new byte[] {1, 2, 3}),
                List.of("Subject: Grüße", "X-Empty:"),
                List.of(
                        new AcceptedRecipient(
                                "ann@example.net",
                                new QueueKey("example.net", "mta1"),
                                "pool1",
                                "job-77",
                                "env-1",
                                "rfc822;ann@example.net",
                                AcceptedRecipient.Notify.FAILURE,
                                70,
                                1_714_570_300_000L),
                        plain("bob@example.org")));
    }

    static AcceptedRecipient plain(String address) {
        return new AcceptedRecipient(
                address,
                new QueueKey(address.substring(address.indexOf('@') + 1), QueueKey.DEFAULT_VIRTUAL_MTA),
                "",
                "",
                "",
                "",
                0,
                50,
                0);
    }

    static RecipientEvent fixedEvent() {
        return new RecipientEvent(
                RecipientEvent.What.BOUNCED,
                new MessageId(0x0123456789ABCDEFL, 42),
                1,
                3,
                1_714_570_203_000L,
                0,
                1_714_570_200_123L,
                new QueueKey("example.net", "mta1"),
                "mta1",
                "pool1",
                "news@bounce.example.com",
                "bob@example.net",
                "rfc822;bob@example.net",
                "job-77",
                "env-1",
                "smtp",
                "feeder.example.com (192.0.2.10)",
                "5.1.1",
                "smtp;550 5.1.1 <bob@example.net>, no such user",
                "mx1.example.net (198.51.100.7)",
                "smtp",
                "203.0.113.5",
                "198.51.100.7",
                "PIPELINING,8BITMIME,SIZE,STARTTLS",
                0,
                true,
                List.of("Subject: Grüße"));
    }

    static QueueEvent fixedFailure() {
        return new QueueEvent.Failed(
                new QueueKey("example.org", "mta2"),
                1_714_570_260_000L,
                1_714_570_860_000L,
                2,
                "4.4.1",
                "",
                "mx.example.org (198.51.100.9)",
                "smtp",
                "0.0.0.0",
                "198.51.100.9",
                "ETIMEDOUT connecting to mx.example.org (198.51.100.9)");
    }

    private static final String[] WORDS = {
        "", "a", "example.net", "mta1", "{default}", "Grüße an alle", "ann@example.net", "smtp;250 ok", "日本", "x,\"y\""
    };

    static String word(RandomGenerator random) {
        String word = WORDS[random.nextInt(WORDS.length)];
        return random.nextInt(20) == 0 ? word.repeat(random.nextInt(40)) : word;
    }

    static QueueKey queue(RandomGenerator random) {
        return new QueueKey(word(random), word(random));
    }

    static AcceptedRecipient recipient(RandomGenerator random) {
        return new AcceptedRecipient(
                word(random),
                queue(random),
                word(random),
                word(random),
                word(random),
                word(random),
                random.nextInt(16),
                random.nextInt(101),
                random.nextBoolean() ? 0 : random.nextLong(1L << 45));
    }

    static AcceptedMessage message(RandomGenerator random, int recipients) {
        long[] dots = random.longs(random.nextInt(65), 0, 1L << 40).sorted().toArray();
        byte[] hash = new byte[random.nextBoolean() ? 0 : 32];
        random.nextBytes(hash);
        List<AcceptedRecipient> list = new ArrayList<>();
        for (int i = 0; i < recipients; i++) {
            list.add(recipient(random));
        }
        List<String> facts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            facts.add(word(random));
        }
        return new AcceptedMessage(
                new MessageId(random.nextLong(), random.nextLong(Long.MAX_VALUE)),
                random.nextLong(1L << 45),
                word(random),
                word(random),
                word(random),
                random.nextBoolean(),
                word(random),
                new ContentShape(
                        random.nextLong(1L << 50),
                        random.nextInt(1 << 20),
                        random.nextBoolean(),
                        random.nextInt(1 << 20),
                        dots,
                        random.nextBoolean(),
                        hash),
                facts,
                list,
                random.nextBoolean() ? List.of() : List.of(recipientId(random), recipientId(random)),
                word(random));
    }

    static RecipientId recipientId(RandomGenerator random) {
        return new RecipientId(new MessageId(random.nextLong(), random.nextLong()), random.nextInt(10_000));
    }

    /// The report on two recipients of [#fixedMessage].
    static AcceptedMessage fixedReport() {
        AcceptedMessage message = fixedMessage();
        return new AcceptedMessage(
                new MessageId(0x0123456789ABCDEFL, 43),
                1_714_570_204_000L,
                "",
                "smtp",
                "mx.example.com (127.0.0.1)",
                false,
                "",
                new ContentShape(900, 300, false, 78, new long[0], false, new byte[0]),
                List.of(),
                List.of(plain(message.reversePath())),
                List.of(new RecipientId(message.id(), 0), new RecipientId(message.id(), 1)));
    }

    static ReportedEvent fixedReported() {
        return new ReportedEvent(new RecipientId(fixedMessage().id(), 1), 1_714_570_204_001L);
    }

    static RecipientEvent event(RandomGenerator random) {
        var what = RecipientEvent.What.values();
        List<String> facts = random.nextBoolean() ? List.of() : List.of(word(random), word(random));
        return new RecipientEvent(
                what[random.nextInt(what.length)],
                new MessageId(random.nextLong(), random.nextLong()),
                random.nextInt(1 << 20),
                random.nextInt(1 << 20),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                queue(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                random.nextLong(1L << 40),
                random.nextBoolean(),
                facts,
                word(random),
                word(random),
                word(random),
                random.nextBoolean());
    }

    static ReceiptEvent receipt(RandomGenerator random) {
        return new ReceiptEvent(
                new MessageId(random.nextLong(), random.nextLong()),
                random.nextInt(1 << 20),
                random.nextLong(),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                random.nextBoolean() ? List.of() : List.of(word(random), word(random)));
    }

    static ReceiptEvent fixedReceipt() {
        return new ReceiptEvent(
                new MessageId(0x0123456789ABCDEFL, 42),
                1,
                1_714_570_200_123L,
                "news@bounce.example.com",
                "bob@example.net",
                "rfc822;bob@example.net",
                "job-77",
                "env-1",
                "pool1",
                "pool1",
                "smtp",
                "feeder.example.com (192.0.2.10)",
                "192.0.2.10",
                "192.0.2.25",
                "ann",
                List.of("Subject: hello"));
    }

    static CommandEvent commandEvent(RandomGenerator random) {
        if (random.nextBoolean()) {
            return new CommandEvent.JobPaused(word(random), random.nextLong(), random.nextBoolean(), word(random));
        }
        List<RecipientId> recipients = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            recipients.add(recipientId(random));
        }
        return new CommandEvent.PrioritySet(random.nextInt(101), random.nextLong(), recipients);
    }

    static CommandEvent fixedPause() {
        return new CommandEvent.JobPaused("job-77", 1_714_570_205_000L, true, "command");
    }

    static CommandEvent fixedPriority() {
        return new CommandEvent.PrioritySet(
                90, 1_714_570_206_000L, List.of(new RecipientId(new MessageId(0x0123456789ABCDEFL, 42), 1)));
    }

    static QueueEvent queueEvent(RandomGenerator random) {
        return switch (random.nextInt(5)) {
            case 0 ->
                new QueueEvent.Failed(
                        queue(random),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextInt(1 << 20),
                        word(random),
                        word(random),
                        word(random),
                        word(random),
                        word(random),
                        word(random),
                        word(random));
            case 1 ->
                new QueueEvent.Paused(
                        queue(random), random.nextLong(), random.nextBoolean(), random.nextLong(), word(random));
            case 2 ->
                new QueueEvent.SourceChanged(
                        queue(random),
                        random.nextLong(),
                        random.nextBoolean(),
                        random.nextLong(),
                        word(random),
                        word(random));
            case 3 ->
                new QueueEvent.ColdCounted(
                        queue(random),
                        random.nextLong(),
                        random.nextLong(1L << 31),
                        random.nextLong(1L << 31),
                        random.nextLong());
            default ->
                new QueueEvent.ModeChanged(
                        queue(random), random.nextLong(), random.nextBoolean(), random.nextLong(), word(random));
        };
    }
}
