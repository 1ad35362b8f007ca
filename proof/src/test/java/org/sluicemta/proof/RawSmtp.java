package org.sluicemta.proof;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A client that sends what it is told, byte for byte, and reads replies. Characters are octets (ISO 8859-1).
///
/// Blocks; a read that nothing answers fails after 20 s. Owner: the test.
final class RawSmtp implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int GLANCE_MILLIS = 100;

    private Socket socket;
    private InputStream in;
    private OutputStream out;

    RawSmtp(int port) throws IOException {
        this("127.0.0.1", port);
    }

    /// @param from the address of the client
    RawSmtp(String from, int port) throws IOException {
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// After the greeting and EHLO.
    static RawSmtp greeted(int port) throws IOException {
        var client = new RawSmtp(port);
        client.reply();
        client.ask("EHLO client.example\r\n");
        return client;
    }

    void send(String octets) throws IOException {
        out.write(octets.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /// Each octet in a packet of its own.
    void sendByteByByte(String octets) throws IOException {
        for (byte octet : octets.getBytes(StandardCharsets.ISO_8859_1)) {
            out.write(octet);
            out.flush();
        }
    }

    String ask(String octets) throws IOException {
        send(octets);
        return reply();
    }

    /// A whole reply: its lines, without line ends, joined by LF.
    ///
    /// @throws IOException where the server is gone or says nothing
    String reply() throws IOException {
        var reply = new StringBuilder();
        while (true) {
            String line = line();
            reply.append(line);
            if (line.length() < 4 || line.charAt(3) != '-') {
                return reply.toString();
            }
            reply.append('\n');
        }
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        while (true) {
            int octet = in.read();
            if (octet < 0) {
                throw new IOException("the server closed the connection");
            }
            if (octet == '\n') {
                return line.substring(0, Math.max(0, line.length() - 1));
            }
            line.append((char) octet);
        }
    }

    /// Sends a piece again and again, ten times a second, until the server says something.
    String trickle(String piece) throws IOException {
        long begun = System.nanoTime();
        socket.setSoTimeout(GLANCE_MILLIS);
        try {
            while (System.nanoTime() - begun < PATIENCE_MILLIS * 1_000_000L) {
                send(piece);
                in.mark(1);
                try {
                    if (in.read() >= 0) {
                        in.reset();
                        return reply();
                    }
                    throw new IOException("the server closed the connection without a word");
                } catch (SocketTimeoutException nothingYet) {
                    // The next piece.
                }
            }
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
        throw new IOException("the server let a client trickle for " + PATIENCE_MILLIS + " ms");
    }

    /// Whether the server has closed the connection and said nothing more.
    boolean isClosedThere() {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException stillOpen) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    /// Whether a glance finds the connection open and silent.
    boolean isOpenStill() throws IOException {
        socket.setSoTimeout(GLANCE_MILLIS);
        try {
            in.read();
            return false;
        } catch (SocketTimeoutException silent) {
            return true;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    /// The handshake; whatever name the server has.
    void secure(SSLContext trusting) throws IOException {
        var secured = (SSLSocket) trusting.getSocketFactory().createSocket(socket, "mx.sluice.example", 0, true);
        secured.startHandshake();
        socket = secured;
        in = new BufferedInputStream(secured.getInputStream());
        out = secured.getOutputStream();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
