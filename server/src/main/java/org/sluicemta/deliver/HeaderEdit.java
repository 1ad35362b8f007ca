package org.sluicemta.deliver;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.sluicemta.queue.Consignment;
import org.sluicemta.spool.AcceptedRecipient;

/// What is sent with another header than the one that was stored. Immutable; [#apply] is pure.
///
/// @param remove names of fields that are left out, in lower case (`remove-header`)
/// @param virtualMta is told in a field `x-virtual-mta` in front (`add-x-virtual-mta-header`); empty for none
record HeaderEdit(List<String> remove, String virtualMta) {
    static final HeaderEdit NONE = new HeaderEdit(List.of(), "");

    HeaderEdit {
        remove = List.copyOf(remove);
    }

    static HeaderEdit of(List<String> remove, String virtualMta) {
        return remove.isEmpty() && virtualMta.isEmpty() ? NONE : new HeaderEdit(remove, virtualMta);
    }

    /// What holds for a consignment: all its recipients have one source.
    static HeaderEdit of(Consignment consignment, DeliveryPolicy policy) {
        int bits = consignment.recipients().getFirst().notifyBits();
        boolean namesVirtualMta = (bits & AcceptedRecipient.Notify.NAMES_VIRTUAL_MTA) != 0;
        return of(
                policy.removeHeaders().value(),
                namesVirtualMta ? consignment.queue().virtualMta() : "");
    }

    boolean isNothing() {
        return remove.isEmpty() && virtualMta.isEmpty();
    }

    /// @param header a header section, with the empty line behind it or without; its lines end in CRLF
    byte[] apply(byte[] header) {
        var out = new ByteArrayOutputStream(header.length + 64);
        if (!virtualMta.isEmpty()) {
            out.writeBytes(("x-virtual-mta: " + virtualMta + "\r\n").getBytes(StandardCharsets.UTF_8));
        }
        int at = 0;
        while (at < header.length) {
            int end = fieldEnd(header, at);
            if (!remove.contains(name(header, at, end))) {
                out.write(header, at, end - at);
            }
            at = end;
        }
        return out.toByteArray();
    }

    /// In lower case; empty for a line that is no field.
    private static String name(byte[] header, int from, int end) {
        int colon = from;
        while (colon < end && header[colon] != ':' && header[colon] != '\r') {
            colon++;
        }
        return colon == end || header[colon] != ':'
                ? ""
                : new String(header, from, colon - from, StandardCharsets.ISO_8859_1)
                        .stripTrailing()
                        .toLowerCase(Locale.ROOT);
    }

    /// After the field's last line: a line that begins with a blank continues the field.
    private static int fieldEnd(byte[] header, int from) {
        int at = from;
        while (at < header.length) {
            if (header[at++] == '\n' && (at == header.length || header[at] != ' ' && header[at] != '\t')) {
                break;
            }
        }
        return at;
    }
}
