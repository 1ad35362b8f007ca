package org.sluicemta.control;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.sluicemta.mail.MessageId;
import org.sluicemta.queue.MessageExplanation;
import org.sluicemta.queue.OutcomeCounts;
import org.sluicemta.queue.QueueExplanation;
import org.sluicemta.queue.QueueRoom;
import org.sluicemta.world.Loop;

/// A server whose answers are fixed and which notes what it was asked.
final class FakeOperations implements Operations {
    final List<Object> asked = new ArrayList<>();
    int concerned = 2;
    Reloaded reloaded = new Reloaded("", List.of());
    List<QueueRow> queues = List.of();
    QueueSettings settings = new QueueSettings("", "", List.of(), List.of(), List.of());
    List<RecipientRow> recipients = List.of();
    long reportsOwed;
    int unreadable;
    boolean isWithGmImprinter;
    List<String> warnings = List.of();

    static final QueueRow BUSY = new QueueRow(
            "example.com/mta1",
            77,
            787_866,
            0,
            false,
            false,
            1_714_587_932_000L,
            "",
            List.of(new QueueNote(1_714_587_873_000L, "connect rate limit reached")),
            List.of(),
            List.of());
    static final QueueRow PAUSED =
            new QueueRow("example.net/{default}", 3, 1024, 2, true, false, 0, "", List.of(), List.of(), List.of());

    final FakeConfigCommands configuration = new FakeConfigCommands();
    final FakeNetwork network = new FakeNetwork();

    @Override
    public NetworkOperations network() {
        return network;
    }

    @Override
    public ConfigCommands configuration() {
        return configuration;
    }

    @Override
    public void status(Loop home, Consumer<ServerStatus> answer) {
        var flow = new Flow(5, 4, 10_240);
        var none = new Flow(0, 0, 0);
        var traffic = new Traffic(flow, new Flow(3, 2, 1_536));
        var quiet = new Traffic(none, none);
        answer.accept(new ServerStatus(
                1_714_587_932_000L,
                1_714_501_527_000L,
                false,
                traffic,
                traffic,
                traffic,
                quiet,
                quiet,
                new Performance(12, 3, 40),
                new Connections(1, 100, 7),
                new Connections(2, 1200, 9),
                12,
                0,
                3,
                new QueueLoad(80, 2, 788_890),
                new QueueLoad(5, 1, 2048),
                new QueueLoad(1, 1, 512),
                1,
                4,
                1,
                87,
                25_165_824,
                reportsOwed,
                isWithGmImprinter,
                warnings));
    }

    @Override
    public void queues(Loop home, QueueQuery query, Consumer<QueueListing> answer) {
        asked.add(query);
        answer.accept(new QueueListing(queues, queues.size() + 1, 61_078, 1_428));
    }

    List<DomainRow> domains = List.of();
    List<VirtualMtaRow> virtualMtas = List.of();
    List<JobRow> jobs = List.of();

    @Override
    public void domains(Loop home, DomainQuery query, Consumer<DomainListing> answer) {
        asked.add(query);
        answer.accept(new DomainListing(domains, domains.size() + 1, 61_078));
    }

    @Override
    public void virtualMtas(Loop home, int maxItems, Consumer<VirtualMtaListing> answer) {
        asked.add("virtual MTAs, " + maxItems);
        answer.accept(new VirtualMtaListing(virtualMtas, virtualMtas.size()));
    }

    @Override
    public void jobs(Loop home, int maxItems, Consumer<JobListing> answer) {
        asked.add("jobs, " + maxItems);
        answer.accept(new JobListing(jobs, jobs.size(), 61_078));
    }

    @Override
    public void recipients(Loop home, RecipientQuery query, Consumer<RecipientListing> answer) {
        asked.add(query);
        answer.accept(new RecipientListing(recipients, 0, unreadable));
    }

    QueueRoom.Resumed resumed = new QueueRoom.Resumed(2, 0, 0);
    String refusal = "";
    Upkeep.Tested tested = new Upkeep.Tested("", List.of());

    @Override
    public MailActions mail() {
        return new MailActions() {
            @Override
            public void pause(Loop home, String pattern, long forMillis, Consumer<Integer> answer) {
                asked.add("pause " + pattern + (forMillis == 0 ? "" : " for " + forMillis));
                answer.accept(concerned);
            }

            @Override
            public void resume(Loop home, String pattern, Consumer<QueueRoom.Resumed> answer) {
                asked.add("resume " + pattern);
                answer.accept(resumed);
            }

            @Override
            public void pauseJob(Loop home, String job, boolean isPaused, Consumer<String> answer) {
                asked.add((isPaused ? "pause job " : "resume job ") + job);
                answer.accept(refusal);
            }

            @Override
            public void setPriority(Loop home, RecipientQuery query, int priority, Consumer<Integer> answer) {
                asked.add(query);
                asked.add("priority " + priority);
                answer.accept(concerned);
            }

            @Override
            public void delete(
                    Loop home,
                    RecipientQuery query,
                    boolean isReported,
                    boolean isAccounted,
                    Consumer<Integer> answer) {
                asked.add(query);
                if (isReported || !isAccounted) {
                    asked.add((isReported ? "with" : "without") + " reports, " + (isAccounted ? "with" : "without")
                            + " rows");
                }
                answer.accept(concerned);
            }
        };
    }

    @Override
    public Upkeep upkeep() {
        return new Upkeep() {
            @Override
            public void resetCounters(Loop home, boolean withConnections, Runnable done) {
                asked.add("reset" + (withConnections ? " with connections" : ""));
                done.run();
            }

            @Override
            public void rotateAccounting(Loop home, String file, Consumer<String> answer) {
                asked.add("rotate accounting " + file);
                answer.accept(refusal);
            }

            @Override
            public void rotateLog(Loop home, Consumer<String> answer) {
                asked.add("rotate log");
                answer.accept(refusal);
            }

            @Override
            public void testConfiguration(Loop home, Consumer<Tested> answer) {
                asked.add("test");
                answer.accept(tested);
            }

            @Override
            public void clearDns(Loop home, String name, Runnable done) {
                asked.add("clear " + name);
                done.run();
            }

            @Override
            public String digest(Digest kind, byte[] key, String text) {
                return switch (kind) {
                    case HMAC_SHA256 -> org.sluicemta.account.KeyedHash.hmacSha256(key, text);
                    case SIPHASH -> org.sluicemta.account.KeyedHash.sip(key, text);
                };
            }
        };
    }

    @Override
    public void schedule(Loop home, String pattern, boolean retryRecipients, Consumer<Scheduled> answer) {
        asked.add("schedule " + pattern + (retryRecipients ? " with recipients" : ""));
        answer.accept(new Scheduled(154, 3888));
    }

    Optional<QueueExplanation> explanation = Optional.empty();
    MessageExplanation message = new MessageExplanation(new MessageId(0, 0), List.of());
    List<QueueRoom.DisabledSource> disabled = List.of();

    @Override
    public void outcomesLately(Loop home, Consumer<Map<String, OutcomeCounts>> answer) {
        answer.accept(Map.of());
    }

    @Override
    public void explain(Loop home, String queue, Consumer<Optional<QueueExplanation>> answer) {
        asked.add("explain " + queue);
        answer.accept(explanation);
    }

    @Override
    public void explain(Loop home, MessageId id, Consumer<MessageExplanation> answer) {
        asked.add("explain " + id);
        answer.accept(message);
    }

    @Override
    public void setMode(Loop home, String pattern, boolean isBackoff, Consumer<Integer> answer) {
        asked.add((isBackoff ? "backoff " : "normal ") + pattern);
        answer.accept(concerned);
    }

    @Override
    public void setSource(
            Loop home,
            String pattern,
            InetAddress address,
            boolean isEnabled,
            long reenableAfterMillis,
            Consumer<Integer> answer) {
        asked.add((isEnabled ? "enable " : "disable ") + address.getHostAddress() + " in " + pattern + " for "
                + reenableAfterMillis);
        answer.accept(concerned);
    }

    @Override
    public void disabledSources(Loop home, String pattern, Consumer<List<QueueRoom.DisabledSource>> answer) {
        asked.add("disabled " + pattern);
        answer.accept(disabled);
    }

    @Override
    public void settings(Loop home, String queue, String name, Consumer<QueueSettings> answer) {
        asked.add(queue + " " + name);
        answer.accept(settings);
    }

    @Override
    public void reload(Loop home, long allowedBounces, Consumer<Reloaded> answer) {
        asked.add("reload" + FakeConfigCommands.bounces(allowedBounces));
        answer.accept(reloaded);
    }

    @Override
    public void shutdown(Loop home, Runnable answer) {
        asked.add("shutdown");
        answer.run();
    }

    @Override
    public About about() {
        return about;
    }

    About about = About.version("0.1");

    /// Answers that were written aside.
    int aside;

    @Override
    public <T> void aside(Loop home, Supplier<T> work, Consumer<Optional<T>> answer) {
        aside++;
        answer.accept(Optional.of(work.get()));
    }
}
