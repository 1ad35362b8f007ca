package org.sluicemta.receive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.mail.Steering;
import org.sluicemta.match.Subject;

/// What one pass over a message's header section found: the fields that reception acts on, and where the fields to be
/// removed stand. The message itself is not changed here.
///
/// Not safe for threads; one for each loop, used again and again.
final class HeaderSection {
    /// The most that is copied for accounting and reports. A longer field is cut.
    static final int MAX_FACT_BYTES = 2048;
    /// What the usual fields may take of it where others are asked for, so that these find room.
    static final int MAX_USUAL_BYTES = 1024;
    /// Values of x-headers longer than this are nobody's.
    static final int MAX_VALUE_BYTES = 1024;

    /// Fields that patterns look at: what stands beyond these, or beyond so many characters, is not looked at.
    static final int MAX_MATCHED_FIELDS = 200;

    private static final List<String> FACTS =
            List.of("from", "subject", "message-id", "feedback-id", "list-unsubscribe");

    /// A usual field fits.
    private static final int FIRST_PLAIN = 128;

    /// Whose lines are consumed, asked by lower-case name.
    ///
    /// @param jobHeader the name, in lower case, of the field whose value is the job where `x-job` says none; or
    ///     empty
    /// @param copy names, in lower case, that become facts besides the usual ones
    /// @param match names, in lower case, of fields that patterns look at
    record Wishes(
            boolean processVirtualMta,
            boolean retainVirtualMta,
            boolean processJob,
            boolean retainJob,
            boolean processEnvelopeId,
            boolean removeReceived,
            boolean removeDate,
            String jobHeader,
            List<String> remove,
            List<String> copy,
            List<String> match) {}

    private int receivedLines;
    private boolean hasDate;
    private boolean hasMessageId;
    private @Nullable String virtualMta;
    private boolean keepsVirtualMta;
    private @Nullable String job;
    private @Nullable String headerJob;
    private @Nullable String envelopeId;
    private int factBytes;
    private int usualBytes;
    private List<String> facts = List.of();
    private List<String> matched = List.of();
    private int[] removed = new int[8];
    private int removedCount;
    private byte[] plain = new byte[FIRST_PLAIN];

    int receivedLines() {
        return receivedLines;
    }

    boolean hasDate() {
        return hasDate;
    }

    boolean hasMessageId() {
        return hasMessageId;
    }

    /// The value of `x-virtual-mta`, possibly empty; null where it is absent or not to be processed.
    @Nullable
    String virtualMta() {
        return virtualMta;
    }

    /// Whether a field `x-virtual-mta` stays in.
    boolean keepsVirtualMta() {
        return keepsVirtualMta;
    }

    /// By `x-job`, else by the field that is asked for instead.
    @Nullable
    String job() {
        String own = job;
        return own == null || own.isEmpty() ? headerJob : own;
    }

    @Nullable
    String envelopeId() {
        return envelopeId;
    }

    /// `Name: value`, unfolded.
    List<String> facts() {
        return facts;
    }

    /// The fields that patterns look at, `name: value` with the name in lower case, unfolded.
    List<String> matched() {
        return matched;
    }

    /// How many ranges are to be removed; ascending, not touching the empty line that ends the header.
    int removedCount() {
        return removedCount;
    }

    int removedFrom(int i) {
        return removed[2 * i];
    }

    int removedTo(int i) {
        return removed[2 * i + 1];
    }

    /// The ranges to be removed, from and to, in pairs.
    int[] removed() {
        return java.util.Arrays.copyOf(removed, 2 * removedCount);
    }

    /// Whether the first line is a field: a name of visible characters, blanks at most behind it, and a colon. What
    /// begins otherwise is text without a header. Source: RFC 5322 section 2.2, 4.5.
    static boolean beginsWithField(ByteBuffer bytes, int length) {
        int at = 0;
        while (at < length && bytes.get(at) > ' ' && bytes.get(at) < 127 && bytes.get(at) != ':') {
            at++;
        }
        int nameEnd = at;
        while (at < length && isBlank(bytes.get(at))) {
            at++;
        }
        return nameEnd > 0 && at < length && bytes.get(at) == ':';
    }

    /// Reads the section. Lines end in CRLF: reception has refused all others.
    ///
    /// @param bytes position 0 is the first octet of the message
    /// @param length of the header section
    void read(ByteBuffer bytes, int length, Wishes wishes) {
        receivedLines = 0;
        hasDate = false;
        hasMessageId = false;
        virtualMta = null;
        keepsVirtualMta = false;
        job = null;
        headerJob = null;
        envelopeId = null;
        factBytes = 0;
        usualBytes = 0;
        facts = new ArrayList<>(6);
        matched = wishes.match.isEmpty() ? List.of() : new ArrayList<>();
        removedCount = 0;
        int at = 0;
        while (at < length) {
            int end = fieldEnd(bytes, at, length);
            int colon = colon(bytes, at, end);
            if (colon > at) {
                field(bytes, at, colon, end, wishes);
            }
            at = end;
        }
    }

    private void field(ByteBuffer bytes, int from, int colon, int end, Wishes wishes) {
        int nameEnd = colon;
        while (nameEnd > from && isBlank(bytes.get(nameEnd - 1))) {
            nameEnd--;
        }
        switch (nameEnd - from) {
            case 4 -> {
                boolean isDate = is(bytes, from, "date");
                hasDate |= isDate;
                removeUnless(!isDate || !wishes.removeDate, from, end);
                usualFact(bytes, from, nameEnd, colon, end, wishes);
            }
            case 5 -> {
                if (wishes.processJob && is(bytes, from, "x-job")) {
                    job = value(bytes, colon + 1, end);
                    removeUnless(wishes.retainJob, from, end);
                }
            }
            case 7 -> {
                if (wishes.processEnvelopeId && is(bytes, from, "x-envid")) {
                    envelopeId = value(bytes, colon + 1, end);
                    removeUnless(false, from, end);
                }
                usualFact(bytes, from, nameEnd, colon, end, wishes);
            }
            case 8 -> {
                if (is(bytes, from, "received")) {
                    receivedLines++;
                    removeUnless(!wishes.removeReceived, from, end);
                }
            }
            case 10 -> {
                hasMessageId |= is(bytes, from, "message-id");
                usualFact(bytes, from, nameEnd, colon, end, wishes);
            }
            case 11 -> {
                // A Return-Path at injection is somebody else's claim (RFC 5321 section 4.4).
                if (is(bytes, from, "return-path")) {
                    removeUnless(false, from, end);
                }
                usualFact(bytes, from, nameEnd, colon, end, wishes);
            }
            case 13 -> {
                if (is(bytes, from, "x-virtual-mta")) {
                    keepsVirtualMta |= !wishes.processVirtualMta || wishes.retainVirtualMta;
                    if (wishes.processVirtualMta) {
                        virtualMta = value(bytes, colon + 1, end);
                        removeUnless(wishes.retainVirtualMta, from, end);
                    }
                }
            }
            case 16 -> usualFact(bytes, from, nameEnd, colon, end, wishes);
            default -> {
                // no field of this length means anything to reception
            }
        }
        String jobHeader = wishes.jobHeader;
        if (headerJob == null
                && !jobHeader.isEmpty()
                && jobHeader.length() == nameEnd - from
                && is(bytes, from, jobHeader)) {
            headerJob = value(bytes, colon + 1, end);
        }
        for (String name : wishes.copy) {
            if (name.length() == nameEnd - from && is(bytes, from, name)) {
                fact(bytes, from, nameEnd, colon, end, MAX_FACT_BYTES - factBytes);
                break;
            }
        }
        for (String name : wishes.match) {
            if (name.length() == nameEnd - from && matched.size() < MAX_MATCHED_FIELDS && is(bytes, from, name)) {
                int last = Math.min(end, colon + 1 + Subject.MOST_CHARS);
                matched.add(name + ": " + unfold(bytes, colon + 1, last));
                break;
            }
        }
        for (String name : wishes.remove) {
            if (name.length() == nameEnd - from && is(bytes, from, name)) {
                removeUnless(false, from, end);
                return;
            }
        }
    }

    private void usualFact(ByteBuffer bytes, int from, int nameEnd, int colon, int end, Wishes wishes) {
        int room = MAX_FACT_BYTES - factBytes;
        if (!wishes.copy.isEmpty()) {
            room = Math.min(room, MAX_USUAL_BYTES - usualBytes);
        }
        if (room <= 0) {
            return;
        }
        for (int i = 0; i < FACTS.size(); i++) {
            String name = FACTS.get(i);
            if (name.length() == nameEnd - from && is(bytes, from, name) && !wishes.copy.contains(name)) {
                usualBytes += fact(bytes, from, nameEnd, colon, end, room);
                return;
            }
        }
    }

    /// @return bytes taken
    private int fact(ByteBuffer bytes, int from, int nameEnd, int colon, int end, int room) {
        if (room <= 0) {
            return 0;
        }
        int last = Math.min(end, colon + 1 + room);
        plain(2 + nameEnd - from);
        bytes.get(from, plain, 0, nameEnd - from);
        plain[nameEnd - from] = ':';
        plain[nameEnd - from + 1] = ' ';
        int length = plainValue(bytes, colon + 1, last, 2 + nameEnd - from);
        String fact = length >= 0
                ? new String(plain, 0, length, StandardCharsets.ISO_8859_1)
                : text(bytes, from, nameEnd) + ": " + unfoldAny(bytes, colon + 1, last);
        factBytes += fact.length();
        facts.add(fact);
        return fact.length();
    }

    private void removeUnless(boolean retained, int from, int end) {
        if (retained || (removedCount > 0 && removed[2 * removedCount - 2] == from)) {
            return;
        }
        if (2 * removedCount == removed.length) {
            removed = java.util.Arrays.copyOf(removed, removed.length * 2);
        }
        removed[2 * removedCount] = from;
        removed[2 * removedCount + 1] = end;
        removedCount++;
    }

    private @Nullable String value(ByteBuffer bytes, int from, int end) {
        return end - from > MAX_VALUE_BYTES ? null : unfold(bytes, from, end);
    }

    private String unfold(ByteBuffer bytes, int from, int end) {
        int length = plainValue(bytes, from, end, 0);
        return length >= 0 ? new String(plain, 0, length, StandardCharsets.ISO_8859_1) : unfoldAny(bytes, from, end);
    }

    /// Copies a value without the blanks around it behind `at` bytes of [#plain], if it is one line of visible ASCII
    /// and spaces, as most are.
    ///
    /// @return where it ends there; -1 for any other value
    private int plainValue(ByteBuffer bytes, int from, int end, int at) {
        int first = from;
        int last = end;
        while (first < last && isOutside(bytes.get(first))) {
            first++;
        }
        while (first < last && isOutside(bytes.get(last - 1))) {
            last--;
        }
        for (int i = first; i < last; i++) {
            byte b = bytes.get(i);
            if (b < ' ' || b == 127) {
                return -1;
            }
        }
        plain(at + last - first);
        bytes.get(first, plain, at, last - first);
        return at + last - first;
    }

    /// Sees to it that so many bytes fit; those that are there stay.
    private void plain(int length) {
        if (plain.length < length) {
            plain = java.util.Arrays.copyOf(plain, Math.max(length, 2 * plain.length));
        }
    }

    /// Blanks and ends of lines around a value are no part of it.
    private static boolean isOutside(byte b) {
        return isBlank(b) || b == '\r' || b == '\n';
    }

    private static String unfoldAny(ByteBuffer bytes, int from, int end) {
        String raw = text(bytes, from, end);
        if (raw.indexOf('\r') >= 0) {
            raw = raw.replace("\r\n", "");
        }
        // Values go into rows, screens and commands.
        return Steering.replaced(raw.strip(), ' ');
    }

    private static String text(ByteBuffer bytes, int from, int end) {
        byte[] copy = new byte[end - from];
        bytes.get(from, copy);
        return new String(copy, StandardCharsets.UTF_8);
    }

    private static boolean is(ByteBuffer bytes, int from, String lowerCaseName) {
        if (from + lowerCaseName.length() > bytes.limit()) {
            return false;
        }
        for (int i = 0; i < lowerCaseName.length(); i++) {
            int b = bytes.get(from + i);
            if (b >= 'A' && b <= 'Z') {
                b += 'a' - 'A';
            }
            if (b != lowerCaseName.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// After the field's last line: a line that begins with a blank continues the field.
    private static int fieldEnd(ByteBuffer bytes, int from, int length) {
        int at = from;
        while (at < length) {
            if (bytes.get(at++) == '\n' && (at >= length || !isBlank(bytes.get(at)))) {
                break;
            }
        }
        return at;
    }

    private static int colon(ByteBuffer bytes, int from, int end) {
        for (int at = from; at < end; at++) {
            byte b = bytes.get(at);
            if (b == ':') {
                return at;
            }
            if (b == '\r' || b == '\n') {
                return -1;
            }
        }
        return -1;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
