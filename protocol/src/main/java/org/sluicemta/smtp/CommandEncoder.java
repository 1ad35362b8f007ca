package org.sluicemta.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.sluicemta.mail.Address;
import org.sluicemta.world.Connection;

/// Writes a client's commands in the form that any server takes: upper case, one blank, none after the colon or before
/// the line end. Paths and parameters were checked by [WireText] when they were made.
/// Source: RFC 5321 section 3.3, 4.1.1.
final class CommandEncoder {
    private CommandEncoder() {}

    /// A command without foreign text.
    static void plain(Connection connection, String command) {
        ByteBuffer out = connection.out(command.length() + 2);
        ascii(out, command);
        end(out);
    }

    static void hello(Connection connection, String verb, String name) {
        ByteBuffer out = connection.out(verb.length() + name.length() + 3);
        ascii(out, verb);
        out.put((byte) ' ');
        ascii(out, name);
        end(out);
    }

    /// @param size -1 to leave it out
    static void mail(
            Connection connection,
            Address path,
            long size,
            boolean isEightBit,
            boolean isUtf8,
            Command.ReturnOf returns,
            String envelopeId) {
        ByteBuffer out = connection.out(128 + 3 * length(path) + envelopeId.length());
        ascii(out, "MAIL FROM:");
        path(out, path);
        if (size >= 0) {
            ascii(out, " SIZE=");
            number(out, size);
        }
        if (isEightBit) {
            ascii(out, " BODY=8BITMIME");
        }
        if (isUtf8) {
            ascii(out, " SMTPUTF8");
        }
        switch (returns) {
            case UNSTATED -> {}
            case FULL -> ascii(out, " RET=FULL");
            case HEADERS -> ascii(out, " RET=HDRS");
        }
        if (!envelopeId.isEmpty()) {
            ascii(out, " ENVID=");
            ascii(out, envelopeId);
        }
        end(out);
    }

    /// @param isDsn whether wishes about reports are sent along
    static void rcpt(Connection connection, OutgoingTransaction.Recipient recipient, boolean isDsn) {
        ByteBuffer out = connection.out(128
                + 3 * length(recipient.address())
                + recipient.originalRecipient().length());
        ascii(out, "RCPT TO:");
        path(out, recipient.address());
        if (isDsn && !recipient.notifyOn().isEmpty()) {
            ascii(out, " NOTIFY=");
            boolean isFirst = true;
            for (Command.Notify notify : Command.Notify.values()) {
                if (recipient.notifyOn().contains(notify)) {
                    if (!isFirst) {
                        out.put((byte) ',');
                    }
                    ascii(out, notify.name());
                    isFirst = false;
                }
            }
        }
        if (isDsn && !recipient.originalRecipient().isEmpty()) {
            ascii(out, " ORCPT=");
            ascii(out, recipient.originalRecipient());
        }
        end(out);
    }

    static void lastChunk(Connection connection, long size) {
        ByteBuffer out = connection.out(40);
        ascii(out, "BDAT ");
        number(out, size);
        ascii(out, " LAST");
        end(out);
    }

    private static int length(Address path) {
        return path.localPart().length() + path.domain().length();
    }

    private static void path(ByteBuffer out, Address path) {
        out.put((byte) '<');
        utf8(out, path.localPart());
        if (!path.domain().isEmpty()) {
            out.put((byte) '@');
            utf8(out, path.domain());
        }
        out.put((byte) '>');
    }

    private static void utf8(ByteBuffer out, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 127) {
                out.put(text.substring(i).getBytes(StandardCharsets.UTF_8));
                return;
            }
            out.put((byte) text.charAt(i));
        }
    }

    private static void ascii(ByteBuffer out, String text) {
        for (int i = 0; i < text.length(); i++) {
            out.put((byte) text.charAt(i));
        }
    }

    private static void number(ByteBuffer out, long value) {
        long power = 1;
        while (value / power >= 10) {
            power *= 10;
        }
        for (; power > 0; power /= 10) {
            out.put((byte) ('0' + value / power % 10));
        }
    }

    private static void end(ByteBuffer out) {
        out.put((byte) '\r').put((byte) '\n');
    }
}
