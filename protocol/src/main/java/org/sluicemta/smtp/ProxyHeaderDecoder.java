package org.sluicemta.smtp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads the header that a proxy puts before a connection's first byte, in version 1 (a line) or 2 (binary). Reads not
/// one byte further: what follows is the client's. Records of version 2 (TLVs) are passed over; a checksum among them
/// is verified.
///
/// Bounds: 107 bytes in version 1, [#MOST_BYTES] in version 2. Source: the PROXY protocol, sections 2.1 and 2.2.
/// Owner: its connection's loop. Never blocks.
public final class ProxyHeaderDecoder {
    /// Of version 2 with its records: an ordinary one has a few hundred, with the client's certificate in them two
    /// thousand.
    static final int MOST_BYTES = 4_096;
    /// Source: section 2.1.
    private static final int MOST_LINE = 107;

    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final int FIXED = 16;
    private static final int TYPE_CRC32C = 0x03;
    private static final Pattern DOTTED = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern COLONED = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /// How far it is.
    public enum Progress {
        MORE,
        HEADER,
        BROKEN
    }

    private byte[] read = new byte[MOST_LINE];
    private int length;
    /// In version 2, once it is known; else 0.
    private int whole;
    private @Nullable ProxyHeader header;
    private String fault = "";

    /// Reads up to the end of the header.
    public Progress read(ByteBuffer in) {
        while (header == null && fault.isEmpty() && in.hasRemaining()) {
            take(in.get());
        }
        return !fault.isEmpty() ? Progress.BROKEN : header == null ? Progress.MORE : Progress.HEADER;
    }

    /// After [Progress#HEADER].
    public ProxyHeader header() {
        ProxyHeader known = header;
        if (known == null) {
            throw new IllegalStateException("there is no header yet");
        }
        return known;
    }

    /// After [Progress#BROKEN]: what is wrong, one line.
    public String fault() {
        return fault;
    }

    private void take(byte next) {
        read[length++] = next;
        if (read[0] == SIGNATURE[0]) {
            binary();
        } else if (read[0] == 'P') {
            text(next);
        } else {
            fault = "it does not begin with a PROXY header";
        }
    }

    // --- version 1

    private void text(byte next) {
        if (next == '\n') {
            if (length < 2 || read[length - 2] != '\r') {
                fault = "the line of the header ends with a bare LF";
            } else {
                line(new String(read, 0, length - 2, StandardCharsets.ISO_8859_1));
            }
        } else if (length == MOST_LINE) {
            fault = "the line of the header is longer than " + MOST_LINE + " bytes";
        } else if (length == 6 && !new String(read, 0, 6, StandardCharsets.ISO_8859_1).equals("PROXY ")) {
            fault = "it does not begin with a PROXY header";
        }
    }

    private void line(String line) {
        String[] words = line.split(" ", -1);
        if (words.length >= 2 && words[0].equals("PROXY") && words[1].equals("UNKNOWN")) {
            // Whatever follows means nothing.
            header = new ProxyHeader.Own();
            return;
        }
        boolean isV4 = words.length == 6 && words[1].equals("TCP4");
        boolean isV6 = words.length == 6 && words[1].equals("TCP6");
        if (!words[0].equals("PROXY") || !isV4 && !isV6) {
            fault = "the line of the header is not PROXY TCP4 or TCP6 with two addresses and two ports";
            return;
        }
        Pattern form = isV4 ? DOTTED : COLONED;
        if (!form.matcher(words[2]).matches() || !form.matcher(words[3]).matches()) {
            fault = "the line of the header has no address where one must stand";
            return;
        }
        try {
            header = new ProxyHeader.Proxied(socket(words[2], words[4]), socket(words[3], words[5]));
        } catch (IllegalArgumentException noAddress) {
            fault = "the line of the header has no address or port where one must stand";
        }
    }

    private static InetSocketAddress socket(String address, String port) {
        if (!PORT.matcher(port).matches()) {
            throw new IllegalArgumentException(port);
        }
        return new InetSocketAddress(InetAddress.ofLiteral(address), Integer.parseInt(port));
    }

    // --- version 2

    private void binary() {
        if (length <= SIGNATURE.length) {
            if (read[length - 1] != SIGNATURE[length - 1]) {
                fault = "it does not begin with a PROXY header";
            }
            return;
        }
        int command = read[12] & 0xff;
        if (command != 0x20 && command != 0x21) {
            fault = "the header's version or command is " + Integer.toHexString(command) + ", not 20 or 21";
        } else if (length == FIXED) {
            begin();
        }
        if (fault.isEmpty() && length == whole) {
            end();
        }
    }

    private void begin() {
        whole = FIXED + number(14);
        if (whole > MOST_BYTES) {
            fault = "the header has " + whole + " bytes; " + MOST_BYTES + " are taken";
            return;
        }
        read = Arrays.copyOf(read, Math.max(whole, FIXED));
    }

    private int number(int at) {
        return (read[at] & 0xff) << 8 | read[at + 1] & 0xff;
    }

    private void end() {
        boolean isOwn = read[12] == 0x20;
        int family = read[13] & 0xff;
        int addresses =
                switch (family) {
                    case 0x11 -> 12;
                    case 0x21 -> 36;
                    // A client that came to the proxy by a socket of its machine has no address.
                    case 0x31 -> 216;
                    default -> 0;
                };
        if (isOwn) {
            // What such a header holds is to be ignored.
            header = new ProxyHeader.Own();
            return;
        }
        if (addresses == 0 && family != 0) {
            fault = "the header's family and transport is " + Integer.toHexString(family) + ", not a stream";
        } else if (whole - FIXED < addresses) {
            fault = "the header is too short for its addresses";
        } else if (family == 0) {
            header = new ProxyHeader.Own();
        } else if (recordsHold(FIXED + addresses)) {
            header = family == 0x31 ? new ProxyHeader.Own() : proxied(family == 0x11 ? 4 : 16);
        }
    }

    private ProxyHeader proxied(int size) {
        int ports = FIXED + 2 * size;
        return new ProxyHeader.Proxied(
                new InetSocketAddress(address(FIXED, size), number(ports)),
                new InetSocketAddress(address(FIXED + size, size), number(ports + 2)));
    }

    private InetAddress address(int from, int size) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(read, from, from + size));
        } catch (UnknownHostException wrongSize) {
            throw new IllegalStateException("an address of " + size + " bytes", wrongSize);
        }
    }

    /// Whether the records fit into the header, and a checksum among them is right.
    private boolean recordsHold(int from) {
        int at = from;
        while (at < whole) {
            int next = at + 3 <= whole ? at + 3 + number(at + 1) : Integer.MAX_VALUE;
            if (next > whole) {
                fault = "a record of the header reaches beyond its end";
                return false;
            }
            if ((read[at] & 0xff) == TYPE_CRC32C && !isChecksum(at + 3, next - at - 3)) {
                fault = "the checksum of the header is wrong";
                return false;
            }
            at = next;
        }
        return true;
    }

    /// Over the whole header with zeroes in the checksum's place. Source: section 2.2.3.
    private boolean isChecksum(int at, int size) {
        if (size != 4) {
            return false;
        }
        long given = ByteBuffer.wrap(read, at, 4).getInt() & 0xffff_ffffL;
        byte[] zeroed = Arrays.copyOf(read, whole);
        Arrays.fill(zeroed, at, at + 4, (byte) 0);
        var sum = new CRC32C();
        sum.update(zeroed, 0, whole);
        return sum.getValue() == given;
    }
}
