package org.sluicemta.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A range of addresses: `10/8`, `192.0.2.7/27`, `::1`, `0/0`. Host bits that were written are cleared.
public final class Cidr {
    /// `0/0`: every address of both families.
    public static final Cidr EVERYTHING = new Cidr(new byte[4], 0);

    private final byte[] network;
    private final int prefixLength;

    private Cidr(byte[] network, int prefixLength) {
        this.network = masked(network, prefixLength);
        this.prefixLength = prefixLength;
    }

    static Cidr of(byte[] address, int prefixLength) {
        return new Cidr(address, prefixLength);
    }

    /// Nothing is looked up in DNS: what is not an address in digits is empty.
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        byte @Nullable [] bytes = address.indexOf(':') >= 0 ? sixteen(address) : four(address, slash >= 0);
        if (bytes == null) {
            return Optional.empty();
        }
        int longest = bytes.length * 8;
        if (slash < 0) {
            return Optional.of(new Cidr(bytes, longest));
        }
        String length = text.substring(slash + 1);
        if (length.isEmpty() || length.length() > 3 || !isDigits(length) || Integer.parseInt(length) > longest) {
            return Optional.empty();
        }
        return Optional.of(new Cidr(bytes, Integer.parseInt(length)));
    }

    /// An address in digits, never a name.
    static Optional<InetAddress> parseAddress(String text) {
        byte @Nullable [] bytes = text.indexOf(':') >= 0 ? sixteen(text) : four(text, false);
        return bytes == null ? Optional.empty() : Optional.of(address(bytes));
    }

    private static byte @Nullable [] four(String text, boolean mayBeShort) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > 4 || parts.length < 4 && !mayBeShort) {
            return null;
        }
        byte[] bytes = new byte[4];
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].isEmpty()
                    || parts[i].length() > 3
                    || !isDigits(parts[i])
                    || Integer.parseInt(parts[i]) > 255) {
                return null;
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte @Nullable [] sixteen(String text) {
        if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0 || text.length() > 45) {
            return null;
        }
        try {
            InetAddress address = Inet6Address.ofLiteral(text);
            byte[] bytes = address.getAddress();
            return bytes.length == 16 ? bytes : mapped(bytes);
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }

    /// The JDK turns `::ffff:192.0.2.1` into four bytes; so do we, that one address has one spelling.
    private static byte[] mapped(byte[] four) {
        return four;
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static byte[] masked(byte[] address, int prefixLength) {
        byte[] out = address.clone();
        for (int i = 0; i < out.length; i++) {
            int bits = Math.clamp(prefixLength - i * 8L, 0, 8);
            out[i] &= (byte) (0xff << (8 - bits));
        }
        return out;
    }

    static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new ConfigException("an address of " + bytes.length + " bytes", impossible);
        }
    }

    /// The first address of the range; the address itself where no range was written.
    public InetAddress first() {
        return address(network);
    }

    public int prefixLength() {
        return prefixLength;
    }

    public boolean isSingleAddress() {
        return prefixLength == network.length * 8;
    }

    /// `0/0` holds the addresses of both families, any other range those of its own.
    public boolean contains(InetAddress address) {
        if (prefixLength == 0 && network.length == 4) {
            return true;
        }
        byte[] bytes = address.getAddress();
        return bytes.length == network.length && Arrays.equals(masked(bytes, prefixLength), network);
    }

    boolean isIpv6() {
        return network.length == 16;
    }

    /// The range of this length in which `address` lies.
    static Cidr around(InetAddress address, int prefixLength) {
        return new Cidr(address.getAddress(), prefixLength);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cidr that && prefixLength == that.prefixLength && Arrays.equals(network, that.network);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(network) * 31 + prefixLength;
    }

    @Override
    public String toString() {
        String address = first().getHostAddress();
        return isSingleAddress() ? address : address + "/" + prefixLength;
    }
}
