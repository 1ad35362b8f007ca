package org.sluicemta.deliver;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.MxTarget;
import org.sluicemta.mail.IpText;
import org.sluicemta.smtp.Capabilities;
import org.sluicemta.smtp.ClientSettings;
import org.sluicemta.smtp.DeliveryControl;
import org.sluicemta.smtp.DeliveryDriver;
import org.sluicemta.smtp.Extension;
import org.sluicemta.smtp.SessionEnd;
import org.sluicemta.smtp.SmtpClientEngine;
import org.sluicemta.smtp.TlsUse;
import org.sluicemta.smtp.TransactionResult;
import org.sluicemta.world.ConnectPlan;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Network;
import org.sluicemta.world.TlsFacts;

/// A dialogue without mail, to see who answers: greeting, EHLO, QUIT, with the first host that can be reached.
///
/// Owner: its loop.
public final class Greeting {
    /// Hosts that are tried.
    private static final int MOST_TRIED = 10;

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int BUFFER = 64 << 10;

    private final Loop loop;
    private final Network network;
    private final String helloName;
    private final @Nullable InetAddress source;
    private final List<MxTarget> targets;
    private final List<String> lines = new ArrayList<>();
    private final Consumer<List<String>> answer;
    private int next;

    private Greeting(
            Loop loop,
            Network network,
            String helloName,
            @Nullable InetAddress source,
            List<MxTarget> targets,
            Consumer<List<String>> answer) {
        this.loop = loop;
        this.network = network;
        this.helloName = helloName;
        this.source = source;
        this.targets = targets;
        this.answer = answer;
    }

    /// Greets, in a turn of `loop`.
    ///
    /// @param source null for the system's choice
    /// @param targets in the order in which they are tried; ten at most are
    /// @param answer the dialogue, in a later turn
    public static void exchange(
            Loop loop,
            Network network,
            String helloName,
            @Nullable InetAddress source,
            List<MxTarget> targets,
            Consumer<List<String>> answer) {
        var greeting = new Greeting(
                loop, network, helloName, source, targets.subList(0, Math.min(MOST_TRIED, targets.size())), answer);
        loop.post(greeting::tryNext);
    }

    private void tryNext() {
        if (next == targets.size()) {
            lines.add("no host answered");
            answer.accept(lines);
            return;
        }
        MxTarget to = targets.get(next++);
        lines.add("connecting from " + helloName + " ("
                + (source == null ? "an address of the system's choice" : IpText.of(source)) + ") to " + to);
        var timeouts = new ClientSettings.Timeouts(
                PATIENCE, PATIENCE, PATIENCE, PATIENCE, PATIENCE, PATIENCE, PATIENCE, PATIENCE, PATIENCE);
        var settings = new ClientSettings(
                helloName, new TlsUse.Never(), null, EnumSet.noneOf(Extension.class), timeouts, BUFFER, BUFFER);
        var engine = new SmtpClientEngine(settings, new Driver());
        network.connect(
                loop,
                new ConnectPlan(to.socketAddress(), source, PATIENCE.toNanos()),
                new Overheard(engine, to.toString(), false, Secrets.NONE, lines::add));
    }

    private final class Driver implements DeliveryDriver {
        @Override
        public void ready(
                DeliveryControl control, Connection connection, Capabilities capabilities, Optional<TlsFacts> tls) {
            lines.add(capabilities.has(Extension.STARTTLS) ? "STARTTLS is offered" : "STARTTLS is not offered");
            control.quit();
        }

        @Override
        public void wantsNext() {}

        @Override
        public void transactionDone(TransactionResult result) {
            throw new IllegalStateException("no transaction was submitted");
        }

        @Override
        public void closed(SessionEnd end, int recipientsAnswered) {
            if (end instanceof SessionEnd.NotConnected not) {
                lines.add("not connected: " + not.why().text());
                loop.post(Greeting.this::tryNext);
                return;
            }
            switch (end) {
                case SessionEnd.TimedOut late -> lines.add("no answer in time (" + late.stage() + ")");
                case SessionEnd.OutOfStep odd -> lines.add("not understood: " + Overheard.escaped(odd.text()));
                case SessionEnd.Finished _,
                        SessionEnd.NotConnected _,
                        SessionEnd.Refused _,
                        SessionEnd.ClosedBySpeech _,
                        SessionEnd.TlsNotOffered _,
                        SessionEnd.NoLogin _,
                        SessionEnd.TlsFailed _,
                        SessionEnd.Lost _ -> {}
            }
            answer.accept(lines);
        }
    }
}
