package org.sluicemta.inject;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.smtp.Command;
import org.sluicemta.smtp.CommandParser;
import org.sluicemta.smtp.Extension;

/// Reads a file of the pickup folder, in one of two forms.
///
/// *Traditional*: `x-sender: ADDRESS`, then `x-receiver: ADDRESS` for each recipient, then the message.
/// `x-sender-override` is stronger than `x-sender`. *BSMTP*: what a client says in one SMTP session, from HELO, EHLO or
/// MAIL on, with one message. Lines end in LF or CRLF. One wrong address makes the whole file bad.
///
/// Owner: the caller; pure.
final class PickupFile {
    /// What one file may ask for: the bound of an SMTP transaction.
    static final int MOST_RECIPIENTS = 10_000;

    private static final Set<String> VERBS = Set.of("HELO", "EHLO", "MAIL", "XACK", "XMRG");

    private final byte[] file;
    private final boolean removesDots;
    private final CommandParser parser =
            new CommandParser(EnumSet.of(Extension.DSN, Extension.SIZE, Extension.EIGHT_BIT_MIME, Extension.SMTPUTF8));
    private int at;

    /// What a file was found to be.
    sealed interface Found {
        record Mail(PickedMail mail) implements Found {}

        /// @param why one line for the operator
        record Bad(String why) implements Found {}
    }

    private PickupFile(byte[] file, boolean removesDots) {
        this.file = file;
        this.removesDots = removesDots;
    }

    static Found read(byte[] file, boolean removesDots) {
        var reading = new PickupFile(file, removesDots);
        return VERBS.contains(firstWord(file)) ? reading.dialogue() : reading.traditional();
    }

    private static String firstWord(byte[] file) {
        int end = 0;
        while (end < file.length && end < 5 && file[end] > ' ') {
            end++;
        }
        return new String(file, 0, end, StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
    }

    // --- the traditional form

    private Found traditional() {
        String sender = null;
        String override = null;
        var recipients = new ArrayList<Command.Rcpt>();
        while (at < file.length) {
            int start = at;
            String line = line();
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            switch (name) {
                case "x-sender" -> sender = value;
                case "x-sender-override" -> override = value;
                case "x-receiver" -> {
                    if (!(command("RCPT TO:<" + bare(value) + ">") instanceof Command.Rcpt rcpt)) {
                        return bad("x-receiver has no address: ", value);
                    }
                    recipients.add(rcpt);
                }
                case "x-virtual-mta", "x-job", "x-envid" -> {
                    // They stay in front of the message: whoever takes it reads them there, and takes them out.
                    if (recipients.isEmpty() || sender == null) {
                        return bad("the file does not begin with x-sender and x-receiver: ", line);
                    }
                    at = start;
                    return message(sender, override, recipients);
                }
                default -> {
                    at = start;
                    return message(sender, override, recipients);
                }
            }
        }
        return message(sender, override, recipients);
    }

    private Found message(@Nullable String sender, @Nullable String override, List<Command.Rcpt> recipients) {
        if (sender == null && override == null) {
            return new Found.Bad("the file does not begin with x-sender, nor with HELO, EHLO or MAIL");
        }
        String from = override != null ? override : String.valueOf(sender);
        if (!(command("MAIL FROM:<" + bare(from) + "> SMTPUTF8") instanceof Command.Mail mail)) {
            return bad("x-sender has no address: ", from);
        }
        boolean isInternational = mail.reversePath().isInternational()
                || recipients.stream().anyMatch(each -> each.forwardPath().isInternational());
        return found(isInternational ? mail : plain(mail), recipients, content(false, removesDots), true);
    }

    private static Command.Mail plain(Command.Mail mail) {
        return new Command.Mail(
                mail.reversePath(), mail.declaredSize(), mail.body(), false, mail.returns(), mail.envelopeId());
    }

    private static String bare(String value) {
        return value.startsWith("<") && value.endsWith(">") ? value.substring(1, value.length() - 1) : value;
    }

    // --- BSMTP

    private Found dialogue() {
        Command.Mail mail = null;
        var recipients = new ArrayList<Command.Rcpt>();
        while (at < file.length) {
            String line = line();
            String verb = line.strip().toUpperCase(Locale.ROOT);
            if (verb.startsWith("XMRG") || verb.startsWith("XDFN") || verb.startsWith("XPRT")) {
                return new Found.Bad("mail merge (XMRG, XDFN, XPRT) is not built; write one file for each message");
            }
            if (verb.startsWith("XACK") || verb.isEmpty()) {
                // Answers are read by nobody. That a wrong address bounces after XACK OFF is not done: the file is bad.
                continue;
            }
            switch (command(unspaced(line))) {
                case Command.Hello _ -> {}
                case Command.Mail given -> {
                    if (mail != null) {
                        return new Found.Bad("MAIL stands twice; a file holds one message");
                    }
                    mail = given;
                }
                case Command.Rcpt rcpt -> {
                    if (mail == null) {
                        return new Found.Bad("RCPT stands before MAIL");
                    }
                    recipients.add(rcpt);
                }
                case Command.Plain plain
                when plain == Command.Plain.DATA -> {
                    if (mail == null) {
                        return new Found.Bad("DATA stands before MAIL");
                    }
                    byte[] content = content(true, true);
                    return content == null
                            ? new Found.Bad("the message does not end with a line of a single dot")
                            : found(mail, recipients, content, false);
                }
                case Command.Malformed malformed -> {
                    return bad(malformed.answer().text() + ": ", line);
                }
                case Command.Plain _, Command.Bdat _, Command.Auth _, Command.Vrfy _ -> {
                    return bad("only HELO, EHLO, MAIL, RCPT and DATA can stand here: ", line);
                }
            }
        }
        return new Found.Bad("the file ends before DATA");
    }

    /// Writers put a blank behind the colon of `MAIL FROM:` and `RCPT TO:`.
    private static String unspaced(String line) {
        int colon = line.indexOf(':');
        return colon < 0
                ? line
                : line.substring(0, colon + 1) + line.substring(colon + 1).stripLeading();
    }

    // --- both

    private Found found(
            Command.Mail mail, List<Command.Rcpt> recipients, byte @Nullable [] content, boolean hasOwnFields) {
        if (recipients.isEmpty()) {
            return new Found.Bad("no recipient is named");
        }
        if (recipients.size() > MOST_RECIPIENTS) {
            return new Found.Bad("more than " + MOST_RECIPIENTS + " recipients are named; write several files");
        }
        return content == null || content.length == 0
                ? new Found.Bad("the message is empty")
                : new Found.Mail(new PickedMail(mail, recipients, content, hasOwnFields));
    }

    private Command command(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return parser.parse(bytes, bytes.length, true);
    }

    private static Found bad(String what, String line) {
        var shown = new StringBuilder();
        for (int i = 0; i < line.length() && i < 100; i++) {
            char c = line.charAt(i);
            shown.append(c < ' ' || c > 126 ? '?' : c);
        }
        return new Found.Bad(what + "\"" + shown + "\"");
    }

    /// The next line without its end.
    private String line() {
        int start = at;
        while (at < file.length && file[at] != '\n') {
            at++;
        }
        int end = at > start && file[at - 1] == '\r' ? at - 1 : at;
        at = Math.min(at + 1, file.length);
        return new String(file, start, end - start, StandardCharsets.UTF_8);
    }

    /// What is left, each line ended with CRLF, a CR or LF alone counting as a line's end.
    ///
    /// @param hasEnd whether a line of a single dot ends it
    /// @return null where that line is missing
    private byte @Nullable [] content(boolean hasEnd, boolean isStuffed) {
        var out = new ByteArrayOutputStream(file.length - at + 64);
        while (at < file.length) {
            int start = at;
            while (at < file.length && file[at] != '\n' && file[at] != '\r') {
                at++;
            }
            int end = at;
            if (at < file.length && file[at] == '\r') {
                at++;
            }
            if (at < file.length && file[at] == '\n' && (at == end || file[at - 1] == '\r')) {
                at++;
            }
            if (hasEnd && end == start + 1 && file[start] == '.') {
                return out.toByteArray();
            }
            if (isStuffed
                    && end > start
                    && file[start] == '.'
                    && (hasEnd || end > start + 1 && file[start + 1] == '.')) {
                start++;
            }
            out.write(file, start, end - start);
            out.write('\r');
            out.write('\n');
        }
        return hasEnd ? null : out.toByteArray();
    }
}
