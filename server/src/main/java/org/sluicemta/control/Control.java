package org.sluicemta.control;

import java.net.SocketAddress;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;

/// Understands the words of operators and answers them. Words may be shortened as long as they stay clear
/// (`show topq`, `sh status`); options of the form `--name=value` may stand anywhere after the command, the output
/// format before it.
///
/// Owner: its loop.
public final class Control implements Network.Dealer {
    private final Loop loop;
    private final Commands commands;
    private final AtomicInteger open = new AtomicInteger();

    /// Connections that ask or are answered: each takes a file descriptor, which mail needs too.
    static final int MOST_AT_A_TIME = 256;

    public Control(Loop loop, Operations operations, ZoneId zone, String hostName) {
        this.loop = loop;
        var screens = new Screens(zone);
        this.commands = new Commands(Stream.of(
                        new ShowCommands(loop, operations, screens, hostName),
                        new ListingCommands(loop, operations, screens),
                        new MailCommands(loop, operations.mail()),
                        new QueueCommands(loop, operations),
                        new ExplainCommands(loop, operations, zone),
                        new UpkeepCommands(loop, operations.upkeep()),
                        new TraceCommands(loop, operations.network()),
                        new NetworkCommands(loop, operations.network()),
                        new ServerCommands(loop, operations, screens))
                .flatMap(group -> group.commands().stream())
                .toList());
    }

    @Override
    public Network.Seat deal(SocketAddress remote, SocketAddress local) {
        boolean isFull = open.incrementAndGet() > MOST_AT_A_TIME;
        return new Network.Seat(
                loop, new CommandEngine(isFull ? Control::refuse : this::run, loop, open::decrementAndGet));
    }

    private static void refuse(List<String> given, Consumer<CommandReply> answer) {
        answer.accept(CommandReply.failed(
                Asked.Words.of(given).format(),
                MOST_AT_A_TIME
                        + " commands are being asked or answered already; is a program opening them without end?"));
    }

    /// Asks for one command to be answered, from any thread. Never blocks.
    ///
    /// @param words as in a shell, the output format before or behind them: `--json show queues`
    /// @param answer hears it once, on this object's loop
    public void ask(List<String> words, Consumer<CommandReply> answer) {
        List<String> given = List.copyOf(words);
        loop.post(() -> run(given, answer));
    }

    /// The command that is meant by words that may be shortened, spelled out: `pause queue`. Empty where none is, or
    /// more than one. From any thread.
    public Optional<String> named(List<String> words) {
        Asked.Words asked = Asked.Words.of(words);
        try {
            return Optional.of(
                    asked.has("help") ? "help" : commands.find(asked.words()).name());
        } catch (BadUsage notKnown) {
            return Optional.empty();
        }
    }

    /// Answers one command, now or later on this loop. Never throws for what a person typed.
    void run(List<String> given, Consumer<CommandReply> answer) {
        Asked.Words words = Asked.Words.of(given);
        if (words.has("help")
                || !words.words().isEmpty() && words.words().getFirst().equals("help")) {
            answer.accept(CommandReply.done(commands.help()));
            return;
        }
        try {
            Command command = commands.find(words.words());
            command.action().run(new Asked(words, command, answer));
        } catch (BadUsage e) {
            answer.accept(CommandReply.usage(words.format(), e.getMessage()));
        }
    }
}
