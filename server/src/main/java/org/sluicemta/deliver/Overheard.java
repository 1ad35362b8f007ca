package org.sluicemta.deliver;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sluicemta.dns.HexLines;
import org.sluicemta.mail.IpText;
import org.sluicemta.mail.Steering;
import org.sluicemta.world.Connection;
import org.sluicemta.world.Engine;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Slice;
import org.sluicemta.world.TlsFacts;
import org.sluicemta.world.TlsPlan;

/// Stands between a client's engine and its connection, tells what passes, and changes nothing of it: `>>>` what came,
/// `<<<` what was sent, as a mail server's log has them. Content is told as a number of bytes; a log-in is not told
/// at all. What the remote wrote is escaped, and cut where it is long.
///
/// Owner: the connection's loop.
final class Overheard implements Engine {
    /// The longest line that is told whole. A reply line of SMTP has 512 octets. Source: RFC 5321 section 4.5.3.1.5.
    private static final int MAX_LINE_BYTES = 1_000;

    /// Bytes of one connection, both ways, that are told one by one: 4,096 lines.
    private static final int MAX_DUMPED_BYTES = 64 * 1024;

    private static final int DUMPED_A_LINE = 16;

    /// What may follow a log-in, or the trial of one.
    private static final Pattern COMMAND = Pattern.compile("(?:EHLO|HELO|AUTH|MAIL|RSET|NOOP|QUIT|STARTTLS)(?: |$)");

    private final Engine engine;
    private final String peer;
    private final boolean hasData;
    private final Secrets secrets;
    private final Consumer<String> tell;

    private final byte[] line = new byte[MAX_LINE_BYTES];
    private int lineBytes;
    private long lineCut;
    private long bytesIn;
    private long bytesOut;
    private long contentBytes;
    /// Of the chunk that BDAT announced, still to come.
    private long chunkLeft;
    private int dumped;
    /// Between AUTH and the next command of ours: a remote may say that a log-in is over when it is not.
    private boolean isSecret;
    private boolean isOpen;

    /// @param peer `host (ip)`
    /// @param hasData whether the bytes are told one by one, content among them
    /// @param secrets what is told of neither side, even where a remote repeats it
    Overheard(Engine engine, String peer, boolean hasData, Secrets secrets, Consumer<String> tell) {
        this.engine = engine;
        this.peer = peer;
        this.hasData = hasData;
        this.secrets = secrets;
        this.tell = tell;
    }

    @Override
    public void opened(Connection connection) {
        isOpen = true;
        tell.accept("connected from " + spelled(connection.local()));
        engine.opened(new Tapped(connection));
    }

    private static String spelled(SocketAddress local) {
        return local instanceof InetSocketAddress inet && inet.getAddress() != null
                ? "[" + IpText.of(inet.getAddress()) + "]:" + inet.getPort()
                : "an unknown address";
    }

    @Override
    public void bytes(ByteBuffer lent) {
        tellContent();
        bytesIn += lent.remaining();
        if (hasData) {
            dump("rd", lent.duplicate(), isSecret);
        }
        ByteBuffer view = lent.duplicate();
        while (view.hasRemaining()) {
            byte b = view.get();
            if (b == '\n') {
                heard();
            } else if (lineBytes < MAX_LINE_BYTES) {
                line[lineBytes++] = b;
            } else {
                lineCut++;
            }
        }
        engine.bytes(lent);
    }

    private void heard() {
        int length = lineBytes > 0 && lineCut == 0 && line[lineBytes - 1] == '\r' ? lineBytes - 1 : lineBytes;
        String text = new String(line, 0, length, StandardCharsets.UTF_8);
        if (isSecret && text.startsWith("334")) {
            tell.accept(">>> 334 (not shown)");
        } else {
            tell.accept(
                    ">>> " + escaped(secrets.hidden(text)) + (lineCut == 0 ? "" : " ... (" + lineCut + " bytes more)"));
        }
        lineBytes = 0;
        lineCut = 0;
    }

    /// What steers a terminal is spelled out.
    static String escaped(String text) {
        if (!Steering.isIn(text)) {
            return text;
        }
        var spelled = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Steering.isSteering(c)) {
                spelled.append(c);
            } else if (c < 0x100) {
                spelled.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            } else {
                spelled.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
        }
        return spelled.toString();
    }

    /// What was put into the runtime's buffer: commands, whole ones, or the dots around lines of content.
    private void said(ByteBuffer bytes) {
        int length = bytes.remaining();
        if (length == 0) {
            return;
        }
        bytesOut += length;
        byte first = bytes.get(bytes.position());
        if (first == '.' || first == '\r') {
            contentBytes += length;
            if (hasData) {
                dump("wr", bytes, false);
            }
            // A dot that is doubled is one octet; the end is three or five.
            if (length >= 3) {
                tellContent();
            }
            return;
        }
        tellContent();
        byte[] copy = new byte[length];
        bytes.duplicate().get(copy);
        String text = new String(copy, StandardCharsets.UTF_8).stripTrailing();
        isSecret &= !COMMAND.matcher(text).lookingAt();
        boolean wasSecret = isSecret;
        isSecret |= text.regionMatches(true, 0, "AUTH ", 0, 5);
        if (hasData) {
            dump("wr", bytes, isSecret);
        }
        if (wasSecret) {
            tell.accept("<<< (not shown)");
        } else if (isSecret) {
            int mechanism = text.indexOf(' ', 5);
            tell.accept("<<< " + (mechanism < 0 ? text : text.substring(0, mechanism) + " (not shown)"));
        } else {
            secrets.hidden(text).lines().forEach(each -> tell.accept("<<< " + escaped(each)));
            if (text.startsWith("BDAT ")) {
                chunkLeft = Long.parseLong(text.split(" ", 3)[1]);
            }
        }
    }

    private void tellContent() {
        if (contentBytes > 0) {
            tell.accept("<<< (content, " + contentBytes + " bytes)");
            contentBytes = 0;
        }
    }

    private void dump(String kind, ByteBuffer bytes, boolean isHidden) {
        int length = bytes.remaining();
        if (isHidden || secrets.areIn(bytes)) {
            tell.accept(kind + " " + length + " (not shown)");
            return;
        }
        int shown = Math.min(length, MAX_DUMPED_BYTES - dumped);
        if (shown <= 0) {
            return;
        }
        tell.accept(kind + " " + length);
        dumped += shown;
        int at = bytes.position();
        for (int i = 0; i < shown; i += DUMPED_A_LINE) {
            tell.accept(HexLines.line(bytes, at + i, Math.min(DUMPED_A_LINE, shown - i)));
        }
        if (dumped == MAX_DUMPED_BYTES) {
            tell.accept("(no more bytes of this connection are shown: " + MAX_DUMPED_BYTES + " were)");
        }
    }

    @Override
    public void writable() {
        engine.writable();
    }

    @Override
    public void secured(TlsFacts facts) {
        tell.accept("tls:" + facts.protocol() + " connected with " + facts.cipher()
                + (facts.isResumed() ? ", resumed" : ""));
        engine.secured(facts);
    }

    @Override
    public void ended() {
        tellContent();
        tell.accept("the remote sends no more");
        engine.ended();
    }

    @Override
    public void failed(IoFailure why) {
        if (isOpen) {
            tellContent();
            if (lineBytes > 0) {
                heard();
            }
            if (why.kind() != IoFailure.Kind.CLOSED_HERE) {
                tell.accept("the connection broke: " + escaped(why.text()));
            }
            tell.accept("closed " + peer + " in=" + bytesIn + " out=" + bytesOut);
        }
        engine.failed(why);
    }

    /// Passes everything on, and looks at what was put into a lent buffer before the next call makes it void.
    private final class Tapped implements Connection {
        private final Connection connection;
        private @Nullable ByteBuffer lent;
        private int lentFrom;

        Tapped(Connection connection) {
            this.connection = connection;
        }

        private void take() {
            ByteBuffer buffer = lent;
            if (buffer != null) {
                lent = null;
                ByteBuffer view = buffer.duplicate();
                view.limit(buffer.position()).position(lentFrom);
                said(view);
            }
        }

        @Override
        public ByteBuffer out(int atLeast) {
            take();
            ByteBuffer buffer = connection.out(atLeast);
            lent = buffer;
            lentFrom = buffer.position();
            return buffer;
        }

        @Override
        public void send(Slice content, int from, int length) {
            take();
            bytesOut += length;
            contentBytes += length;
            if (hasData) {
                dump("wr", content.view(from, length), false);
            }
            connection.send(content, from, length);
            if (chunkLeft > 0) {
                chunkLeft -= length;
                if (chunkLeft <= 0) {
                    tellContent();
                }
            }
        }

        @Override
        public void flush() {
            take();
            connection.flush();
        }

        @Override
        public long unsentBytes() {
            take();
            return connection.unsentBytes();
        }

        @Override
        public void reading(boolean on) {
            take();
            connection.reading(on);
        }

        @Override
        public void startTls(TlsPlan plan) {
            take();
            connection.startTls(plan);
        }

        @Override
        public void close() {
            take();
            connection.close();
        }

        @Override
        public void abort() {
            take();
            connection.abort();
        }

        @Override
        public SocketAddress remote() {
            return connection.remote();
        }

        @Override
        public SocketAddress local() {
            return connection.local();
        }

        @Override
        public Loop loop() {
            return connection.loop();
        }
    }
}
