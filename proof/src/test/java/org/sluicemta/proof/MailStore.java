package org.sluicemta.proof;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// A receiver of few words on a real socket: keeps each message as it came, without stuffed dots, in a file of its own.
final class MailStore implements AutoCloseable {
    private final ServerSocket listener;
    private final Path into;
    private final String name;
    private final List<String> extensions;
    private final Function<String, Optional<String>> refusals;
    private final Semaphore received;
    private final AtomicInteger count = new AtomicInteger();
    private final List<Socket> open = new ArrayList<>();

    /// Takes everything.
    MailStore(Path into, String name, List<String> extensions, Semaphore received) throws IOException {
        this(into, name, extensions, received, _ -> Optional.empty());
    }

    /// @param name messages are kept as `NAME1.eml`, `NAME2.eml` and so on
    /// @param extensions what EHLO offers, e.g. `CHUNKING`
    /// @param received gets a permit for each message
    /// @param refusals the reply to RCPT for a command line, where it is not 250
    MailStore(
            Path into,
            String name,
            List<String> extensions,
            Semaphore received,
            Function<String, Optional<String>> refusals)
            throws IOException {
        this.received = received;
        this.into = into;
        this.name = name;
        this.extensions = List.copyOf(extensions);
        this.refusals = refusals;
        listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                synchronized (open) {
                    open.add(socket);
                }
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            var envelope = new StringBuilder();
            answer(out, "220 mx");
            while (true) {
                String line = line(in);
                String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
                switch (verb) {
                    case "EHLO" -> {
                        var lines = new StringBuilder("250-mx\r\n");
                        extensions.forEach(
                                each -> lines.append("250-").append(each).append("\r\n"));
                        answer(out, lines + "250 SIZE");
                    }
                    case "MAIL" -> {
                        envelope.setLength(0);
                        envelope.append(line).append('\n');
                        answer(out, "250 ok");
                    }
                    case "RCPT" -> {
                        Optional<String> refusal = refusals.apply(line);
                        if (refusal.isEmpty()) {
                            envelope.append(line).append('\n');
                        }
                        answer(out, refusal.orElse("250 ok"));
                    }
                    case "DATA" -> {
                        answer(out, "354 go");
                        keep(dotted(in), envelope.toString());
                        answer(out, "250 2.0.0 taken");
                    }
                    case "BDAT" -> {
                        keep(in.readNBytes(Integer.parseInt(line.split(" ")[1])), envelope.toString());
                        answer(out, "250 2.0.0 taken");
                    }
                    case "QUIT" -> {
                        answer(out, "221 bye");
                        return;
                    }
                    default -> answer(out, "250 ok");
                }
            }
        } catch (IOException gone) {
            // The server has ended.
        }
    }

    private static void answer(OutputStream out, String reply) throws IOException {
        out.write((reply + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        int b;
        while ((b = in.read()) != '\n') {
            if (b < 0) {
                throw new IOException("closed");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).trim();
    }

    private static byte[] dotted(InputStream in) throws IOException {
        var message = new ByteArrayOutputStream();
        while (true) {
            var line = new ByteArrayOutputStream();
            int b;
            do {
                b = in.read();
                if (b < 0) {
                    throw new IOException("closed in a message");
                }
                line.write(b);
            } while (b != '\n');
            byte[] bytes = line.toByteArray();
            if (bytes[0] == '.' && bytes.length == 3) {
                return message.toByteArray();
            }
            int from = bytes[0] == '.' ? 1 : 0;
            message.write(bytes, from, bytes.length - from);
        }
    }

    private void keep(byte[] message, String envelope) throws IOException {
        int number = count.incrementAndGet();
        Files.writeString(into.resolve(name + number + ".env"), envelope);
        Files.write(into.resolve(name + number + ".eml"), message);
        received.release();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        synchronized (open) {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }
}
