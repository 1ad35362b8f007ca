package org.sluicemta.proof;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// A receiver on a real socket that keeps every octet it is sent, and answers by a script. Characters are octets (ISO
/// 8859-1).
final class RemoteServer implements AutoCloseable {
    /// What happens on one connection; its end closes it.
    interface Script {
        void serve(Dialogue dialogue) throws IOException;
    }

    private final ServerSocket listener;
    private final Script script;
    private final List<Dialogue> dialogues = new ArrayList<>();

    RemoteServer(Script script) throws IOException {
        this(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), script);
    }

    RemoteServer(InetSocketAddress at, Script script) throws IOException {
        this.script = script;
        listener = new ServerSocket(at.getPort(), 50, at.getAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /// One that takes everything.
    ///
    /// @param extensions what EHLO offers
    /// @param answers replies to command lines that are not the usual ones
    static RemoteServer polite(List<String> extensions, Function<String, Optional<String>> answers) throws IOException {
        return new RemoteServer(dialogue -> dialogue.politely(extensions, answers));
    }

    int port() {
        return listener.getLocalPort();
    }

    /// What came on each connection until now.
    List<String> received() {
        synchronized (dialogues) {
            return dialogues.stream().map(Dialogue::received).toList();
        }
    }

    private void accept() {
        try {
            while (true) {
                var dialogue = new Dialogue(listener.accept());
                synchronized (dialogues) {
                    dialogues.add(dialogue);
                }
                Thread.ofVirtual().start(() -> {
                    try (dialogue) {
                        script.serve(dialogue);
                    } catch (IOException gone) {
                        // The server has ended the connection.
                    }
                });
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        synchronized (dialogues) {
            for (Dialogue dialogue : dialogues) {
                dialogue.close();
            }
        }
    }

    /// One connection.
    static final class Dialogue implements AutoCloseable {
        private Socket socket;
        private InputStream in;
        private OutputStream out;
        private @Nullable SSLContext identity;
        private final Semaphore over = new Semaphore(0);
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();

        Dialogue(Socket socket) throws IOException {
            this.socket = socket;
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        /// Offers STARTTLS with this certificate; what comes under it is kept in clear.
        Dialogue secured(SSLContext by) {
            identity = by;
            return this;
        }

        private void handshake(SSLContext by) throws IOException {
            var secured = (SSLSocket) by.getSocketFactory().createSocket(socket, null, true);
            secured.setUseClientMode(false);
            secured.startHandshake();
            socket = secured;
            in = new BufferedInputStream(secured.getInputStream());
            out = secured.getOutputStream();
            identity = null;
        }

        String received() {
            synchronized (received) {
                return received.toString(StandardCharsets.ISO_8859_1);
            }
        }

        void say(String octets) throws IOException {
            out.write(octets.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        private int read() throws IOException {
            int octet = in.read();
            if (octet < 0) {
                throw new IOException("closed");
            }
            synchronized (received) {
                received.write(octet);
            }
            return octet;
        }

        /// A line with its LF.
        String line() throws IOException {
            var line = new StringBuilder();
            do {
                line.append((char) read());
            } while (line.charAt(line.length() - 1) != '\n');
            return line.toString();
        }

        /// Reads until the other side closes.
        void drain() throws IOException {
            while (true) {
                int unused = read();
            }
        }

        /// Whether the other side closes within this time; what it sends is kept.
        boolean isClosedWithin(int millis) throws IOException {
            socket.setSoTimeout(millis);
            try {
                drain();
                return true;
            } catch (SocketTimeoutException stillOpen) {
                return false;
            } catch (IOException closed) {
                return true;
            } finally {
                socket.setSoTimeout(0);
            }
        }

        /// Reads nothing more until the test is over.
        void hold() {
            over.acquireUninterruptibly();
        }

        void politely(List<String> extensions, Function<String, Optional<String>> answers) throws IOException {
            say("220 mx\r\n");
            while (true) {
                String line = line().stripTrailing();
                String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
                Optional<String> special = answers.apply(line);
                if (special.isPresent() && !verb.equals("BDAT")) {
                    say(special.get() + "\r\n");
                    continue;
                }
                switch (verb) {
                    case "EHLO" -> {
                        var lines = new StringBuilder("250-mx\r\n");
                        extensions.forEach(
                                each -> lines.append("250-").append(each).append("\r\n"));
                        if (identity != null) {
                            lines.append("250-STARTTLS\r\n");
                        }
                        say(lines + "250 SIZE\r\n");
                    }
                    case "DATA" -> {
                        say("354 go\r\n");
                        while (!line().equals(".\r\n")) {
                            // Content.
                        }
                        say(answers.apply("CONTENT").orElse("250 2.0.0 taken") + "\r\n");
                    }
                    case "BDAT" -> {
                        int left = Integer.parseInt(line.split(" ")[1]);
                        while (left-- > 0) {
                            int unused = read();
                        }
                        say(special.orElse("250 2.0.0 taken") + "\r\n");
                    }
                    case "STARTTLS" -> {
                        SSLContext by = identity;
                        say(by == null ? "502 5.5.1 no\r\n" : "220 go\r\n");
                        if (by != null) {
                            handshake(by);
                        }
                    }
                    case "QUIT" -> {
                        say("221 bye\r\n");
                        return;
                    }
                    default -> say("250 ok\r\n");
                }
            }
        }

        @Override
        public void close() throws IOException {
            over.release();
            socket.close();
        }
    }
}
