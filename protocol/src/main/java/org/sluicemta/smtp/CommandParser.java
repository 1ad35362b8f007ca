package org.sluicemta.smtp;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.sluicemta.mail.Address;
import org.sluicemta.mail.AddressParser;

/// Reads command lines from bytes: verbs are compared as numbers, strings are made for what is kept only.
/// Source: RFC 5321 section 4.1.1, 4.1.2; parameters of RFC 1870, 6152, 6531, 3030 and 3461.
///
/// Liberties: blanks before a path, a path without its brackets, blanks at the end of a line. Source routes are read
/// and dropped (RFC 5321 appendix C). Owner: its connection; reused for line after line.
public final class CommandParser {
    private static final int EHLO = verb("EHLO");
    private static final int HELO = verb("HELO");
    private static final int MAIL = verb("MAIL");
    private static final int RCPT = verb("RCPT");
    private static final int DATA = verb("DATA");
    private static final int BDAT = verb("BDAT");
    private static final int AUTH = verb("AUTH");
    private static final int RSET = verb("RSET");
    private static final int NOOP = verb("NOOP");
    private static final int VRFY = verb("VRFY");
    private static final int HELP = verb("HELP");
    private static final int QUIT = verb("QUIT");
    private static final Set<String> NOT_DONE =
            Set.of("EXPN", "AUTH", "ETRN", "TURN", "ATRN", "SEND", "SOML", "SAML", "BURL");

    /// Source: RFC 4422 section 3.1.
    private static final int MAX_MECHANISM = 20;
    private static final int MAX_ENVELOPE_ID = 100;
    private static final int MAX_ORIGINAL_RECIPIENT = 500;

    static final Command.Malformed UNKNOWN = malformed(500, "5.5.1 command not recognized");
    static final Command.Malformed NOT_PRINTABLE = malformed(500, "5.5.2 control characters in a command");
    static final Command.Malformed NOT_IMPLEMENTED = malformed(502, "5.5.1 command not implemented");
    private static final Command.Malformed NO_ARGUMENT = malformed(501, "5.5.4 this command takes no argument");
    private static final Command.Malformed BAD_NAME = malformed(501, "5.5.4 a host name or address literal is needed");
    private static final Command.Malformed BAD_MAIL = malformed(501, "5.5.4 syntax: MAIL FROM:<address>");
    private static final Command.Malformed BAD_RCPT = malformed(501, "5.5.4 syntax: RCPT TO:<address>");
    private static final Command.Malformed BAD_SENDER = malformed(501, "5.1.7 bad sender address syntax");
    private static final Command.Malformed BAD_RECIPIENT = malformed(501, "5.1.3 bad recipient address syntax");
    private static final Command.Malformed BAD_BDAT = malformed(501, "5.5.4 syntax: BDAT size [LAST]");
    private static final Command.Malformed BAD_AUTH = malformed(501, "5.5.4 syntax: AUTH mechanism [initial-response]");
    private static final Command.Malformed BAD_VRFY = malformed(501, "5.5.4 syntax: VRFY address");
    private static final Command.Malformed BAD_VALUE = malformed(501, "5.5.4 bad parameter value");
    private static final Command.Malformed TWICE = malformed(501, "5.5.4 parameter given twice");
    private static final Command.Malformed UNKNOWN_PARAMETER = malformed(555, "5.5.4 parameter not recognized");
    private static final Command.Malformed PARAMETER_NOT_DONE = malformed(504, "5.5.4 parameter not implemented");
    static final Command.Malformed NEEDS_UTF8 = malformed(553, "5.6.7 a non-ASCII address needs SMTPUTF8");

    private final Set<Extension> offered;
    private final AddressParser addresses = new AddressParser();
    private byte[] line = {};
    private int end;
    private int at;
    private Address path = Address.NULL_PATH;

    /// @param offered parameters of other extensions are refused
    public CommandParser(Set<Extension> offered) {
        this.offered = offered;
    }

    /// Reads one line without its CRLF.
    ///
    /// @param isSmtpUtf8 whether the transaction was opened with SMTPUTF8, which lets RCPT have any address
    /// @return a command, or [Command.Malformed] with the answer; never throws on any bytes
    public Command parse(byte[] bytes, int length, boolean isSmtpUtf8) {
        line = bytes;
        end = length;
        for (int i = 0; i < length; i++) {
            if (bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\t' || bytes[i] == 127) {
                return NOT_PRINTABLE;
            }
        }
        while (end > 0 && isBlank(line[end - 1])) {
            end--;
        }
        int verbEnd = 0;
        while (verbEnd < end && !isBlank(line[verbEnd])) {
            verbEnd++;
        }
        at = verbEnd;
        skipBlanks();
        if (verbEnd == 4) {
            return fourLetters(isSmtpUtf8);
        }
        if (verbEnd == 8 && isWord(0, 8, "STARTTLS")) {
            return !offered.contains(Extension.STARTTLS) ? NOT_IMPLEMENTED : plain(Command.Plain.STARTTLS);
        }
        return UNKNOWN;
    }

    private Command fourLetters(boolean isSmtpUtf8) {
        // Clearing bit 5 makes letters upper case; no other byte becomes a letter by it.
        int verb =
                ((line[0] & 0xFF) << 24 | (line[1] & 0xFF) << 16 | (line[2] & 0xFF) << 8 | line[3] & 0xFF) & 0xDFDFDFDF;
        if (verb == RCPT) {
            return rcpt(isSmtpUtf8);
        }
        if (verb == MAIL) {
            return mail();
        }
        if (verb == DATA) {
            return plain(Command.Plain.DATA);
        }
        if (verb == BDAT) {
            return offered.contains(Extension.CHUNKING) ? bdat() : NOT_IMPLEMENTED;
        }
        if (verb == EHLO || verb == HELO) {
            return hello(verb == EHLO);
        }
        if (verb == RSET) {
            return plain(Command.Plain.RSET);
        }
        if (verb == QUIT) {
            return plain(Command.Plain.QUIT);
        }
        if (verb == NOOP) {
            return Command.Plain.NOOP;
        }
        if (verb == HELP) {
            return Command.Plain.HELP;
        }
        if (verb == AUTH && offered.contains(Extension.AUTH)) {
            return auth();
        }
        if (verb == VRFY) {
            return at == end ? BAD_VRFY : new Command.Vrfy(text(at, end));
        }
        for (String word : NOT_DONE) {
            if (isWord(0, 4, word)) {
                return NOT_IMPLEMENTED;
            }
        }
        return UNKNOWN;
    }

    private Command plain(Command.Plain command) {
        return at == end ? command : NO_ARGUMENT;
    }

    /// The name goes into Received, so that only what a name or a literal is made of is taken. Whether it resolves does
    /// not matter. Source: RFC 5321 section 4.1.4.
    private Command hello(boolean isExtended) {
        if (at == end || end - at > 255) {
            return BAD_NAME;
        }
        for (int i = at; i < end; i++) {
            byte b = line[i];
            boolean isNamePart = isAlphanumeric(b) || b == '.' || b == '-' || b == '_' || b == ':';
            if (!isNamePart && b != '[' && b != ']') {
                return BAD_NAME;
            }
        }
        return new Command.Hello(isExtended, text(at, end));
    }

    private Command bdat() {
        int sizeEnd = wordEnd(at);
        long size = number(at, sizeEnd);
        if (size < 0) {
            return BAD_BDAT;
        }
        at = sizeEnd;
        skipBlanks();
        if (at == end) {
            return new Command.Bdat(size, false);
        }
        return isWord(at, end, "LAST") ? new Command.Bdat(size, true) : BAD_BDAT;
    }

    private Command auth() {
        int mechanismEnd = wordEnd(at);
        if (at == end || mechanismEnd - at > MAX_MECHANISM) {
            return BAD_AUTH;
        }
        String mechanism = text(at, mechanismEnd).toUpperCase(Locale.ROOT);
        at = mechanismEnd;
        skipBlanks();
        int initialEnd = wordEnd(at);
        return initialEnd == end ? new Command.Auth(mechanism, text(at, end)) : BAD_AUTH;
    }

    private Command mail() {
        if (!takeWord("FROM:")) {
            return BAD_MAIL;
        }
        skipBlanks();
        if (at + 1 < end && line[at] == '<' && line[at + 1] == '>') {
            path = Address.NULL_PATH;
            at += 2;
        } else if (!path()) {
            return BAD_SENDER;
        } else if (path.domain().isEmpty()) {
            // Only RCPT may leave the domain out. Source: RFC 5321 section 4.1.1.3.
            return BAD_SENDER;
        }
        long size = -1;
        var body = Command.Body.UNSTATED;
        boolean isUtf8 = false;
        var returns = Command.ReturnOf.UNSTATED;
        String envelopeId = "";
        while (at < end) {
            if (!isBlank(line[at])) {
                return BAD_SENDER;
            }
            skipBlanks();
            int wordEnd = wordEnd(at);
            int nameEnd = nameEnd(at, wordEnd);
            int value = Math.min(wordEnd, nameEnd + 1);
            if (isWord(at, nameEnd, "SIZE") && offered.contains(Extension.SIZE)) {
                if (size >= 0) {
                    return TWICE;
                }
                size = number(value, wordEnd);
                if (size < 0) {
                    return BAD_VALUE;
                }
            } else if (isWord(at, nameEnd, "BODY") && offered.contains(Extension.EIGHT_BIT_MIME)) {
                if (body != Command.Body.UNSTATED) {
                    return TWICE;
                }
                if (isWord(value, wordEnd, "7BIT")) {
                    body = Command.Body.SEVEN_BIT;
                } else if (isWord(value, wordEnd, "8BITMIME")) {
                    body = Command.Body.EIGHT_BIT_MIME;
                } else if (isWord(value, wordEnd, "BINARYMIME")) {
                    if (!offered.contains(Extension.BINARYMIME)) {
                        return PARAMETER_NOT_DONE;
                    }
                    body = Command.Body.BINARY_MIME;
                } else {
                    return BAD_VALUE;
                }
            } else if (isWord(at, nameEnd, "SMTPUTF8") && offered.contains(Extension.SMTPUTF8)) {
                if (isUtf8) {
                    return TWICE;
                }
                if (nameEnd != wordEnd) {
                    return BAD_VALUE;
                }
                isUtf8 = true;
            } else if (isWord(at, nameEnd, "AUTH") && offered.contains(Extension.AUTH)) {
                // Read and not trusted. Source: RFC 4954 section 5.
                if (value == wordEnd || nameEnd == wordEnd) {
                    return BAD_VALUE;
                }
            } else if (isWord(at, nameEnd, "RET") && offered.contains(Extension.DSN)) {
                if (returns != Command.ReturnOf.UNSTATED) {
                    return TWICE;
                }
                if (isWord(value, wordEnd, "FULL")) {
                    returns = Command.ReturnOf.FULL;
                } else if (isWord(value, wordEnd, "HDRS")) {
                    returns = Command.ReturnOf.HEADERS;
                } else {
                    return BAD_VALUE;
                }
            } else if (isWord(at, nameEnd, "ENVID") && offered.contains(Extension.DSN)) {
                if (!envelopeId.isEmpty()) {
                    return TWICE;
                }
                if (!isXtext(value, wordEnd, MAX_ENVELOPE_ID)) {
                    return BAD_VALUE;
                }
                envelopeId = text(value, wordEnd);
            } else {
                boolean isKnown = isWord(at, nameEnd, "RET")
                        || isWord(at, nameEnd, "ENVID")
                        || isWord(at, nameEnd, "BODY")
                        || isWord(at, nameEnd, "SIZE")
                        || isWord(at, nameEnd, "SMTPUTF8")
                        || isWord(at, nameEnd, "AUTH");
                return isKnown ? PARAMETER_NOT_DONE : UNKNOWN_PARAMETER;
            }
            at = wordEnd;
        }
        if (!isUtf8 && path.isInternational()) {
            return NEEDS_UTF8;
        }
        return new Command.Mail(path, size, body, isUtf8, returns, envelopeId);
    }

    private Command rcpt(boolean isSmtpUtf8) {
        if (!takeWord("TO:")) {
            return BAD_RCPT;
        }
        skipBlanks();
        if (!path()) {
            return BAD_RECIPIENT;
        }
        Set<Command.Notify> notifyOn = Set.of();
        String originalRecipient = "";
        while (at < end) {
            if (!isBlank(line[at])) {
                return BAD_RECIPIENT;
            }
            skipBlanks();
            int wordEnd = wordEnd(at);
            int nameEnd = nameEnd(at, wordEnd);
            int value = Math.min(wordEnd, nameEnd + 1);
            boolean isNotify = isWord(at, nameEnd, "NOTIFY");
            boolean isOriginal = isWord(at, nameEnd, "ORCPT");
            if (!isNotify && !isOriginal) {
                return UNKNOWN_PARAMETER;
            }
            if (!offered.contains(Extension.DSN)) {
                return PARAMETER_NOT_DONE;
            }
            if (isNotify) {
                if (!notifyOn.isEmpty()) {
                    return TWICE;
                }
                notifyOn = notifyOn(value, wordEnd);
                if (notifyOn.isEmpty()) {
                    return BAD_VALUE;
                }
            } else {
                if (!originalRecipient.isEmpty()) {
                    return TWICE;
                }
                if (!isOriginalRecipient(value, wordEnd)) {
                    return BAD_VALUE;
                }
                originalRecipient = text(value, wordEnd);
            }
            at = wordEnd;
        }
        if (!isSmtpUtf8 && path.isInternational()) {
            return NEEDS_UTF8;
        }
        return new Command.Rcpt(path, notifyOn, originalRecipient);
    }

    /// Whether the answer is about one address rather than about how the client speaks: lists hold bad addresses, and
    /// they must not end a session that sends a hundred thousand good ones.
    static boolean isAboutAddress(Command.Malformed malformed) {
        return malformed == BAD_SENDER || malformed == BAD_RECIPIENT || malformed == NEEDS_UTF8;
    }

    static boolean isAboutChunk(Command.Malformed malformed) {
        return malformed == BAD_BDAT;
    }

    /// Reads a path at the cursor into [#path]; false leaves the cursor anywhere.
    private boolean path() {
        boolean isBracketed = at < end && line[at] == '<';
        if (isBracketed) {
            at++;
            if (at < end && line[at] == '@' && !sourceRoute()) {
                return false;
            }
        }
        if (!addresses.parse(line, at, end)) {
            return false;
        }
        path = addresses.address();
        at = addresses.end();
        if (isBracketed) {
            if (at == end || line[at] != '>') {
                return false;
            }
            at++;
        }
        return true;
    }

    /// `@a,@b:` is read and forgotten. Source: RFC 5321 section 3.6.1, appendix C.
    private boolean sourceRoute() {
        while (at < end && line[at] == '@') {
            int stop = AddressParser.domainOrLiteral(line, at + 1, end);
            if (stop < 0 || stop == end) {
                return false;
            }
            at = stop + 1;
            if (line[stop] == ':') {
                return true;
            }
            if (line[stop] != ',') {
                return false;
            }
        }
        return false;
    }

    /// A list of occasions, NEVER alone; empty when it is none. Source: RFC 3461 section 4.1.
    private Set<Command.Notify> notifyOn(int from, int to) {
        var set = EnumSet.noneOf(Command.Notify.class);
        int start = from;
        while (start < to) {
            int stop = start;
            while (stop < to && line[stop] != ',') {
                stop++;
            }
            boolean isKnown = false;
            for (Command.Notify notify : Command.Notify.values()) {
                if (isWord(start, stop, notify.name())) {
                    isKnown = set.add(notify);
                }
            }
            if (!isKnown || stop + 1 == to) {
                return Set.of();
            }
            start = stop + 1;
        }
        return set.contains(Command.Notify.NEVER) && set.size() > 1 ? Set.of() : set;
    }

    private boolean isOriginalRecipient(int from, int to) {
        int semicolon = from;
        while (semicolon < to && (isAlphanumeric(line[semicolon]) || line[semicolon] == '-')) {
            semicolon++;
        }
        return semicolon > from
                && semicolon < to
                && line[semicolon] == ';'
                && isXtext(semicolon + 1, to, MAX_ORIGINAL_RECIPIENT);
    }

    /// Source: RFC 3461 section 4: printable ASCII but `+` and `=`, or `+` and two upper-case hexadecimal digits.
    private boolean isXtext(int from, int to, int max) {
        if (from == to || to - from > max) {
            return false;
        }
        for (int i = from; i < to; i++) {
            byte b = line[i];
            if (b == '+') {
                if (i + 2 >= to || !isHex(line[i + 1]) || !isHex(line[i + 2])) {
                    return false;
                }
                i += 2;
            } else if (b <= ' ' || b == '=' || b == 127) {
                return false;
            }
        }
        return true;
    }

    /// Takes `word` at the cursor, blanks before it skipped already.
    private boolean takeWord(String word) {
        if (end - at < word.length() || !isWord(at, at + word.length(), word)) {
            return false;
        }
        at += word.length();
        return true;
    }

    private void skipBlanks() {
        while (at < end && isBlank(line[at])) {
            at++;
        }
    }

    private int wordEnd(int from) {
        int i = from;
        while (i < end && !isBlank(line[i])) {
            i++;
        }
        return i;
    }

    private int nameEnd(int from, int to) {
        int i = from;
        while (i < to && line[i] != '=') {
            i++;
        }
        return i;
    }

    /// A number of 1 to 18 digits (RFC 1870 has up to 20; nothing that large exists), or -1.
    private long number(int from, int to) {
        if (from == to || to - from > 20) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            if (line[i] < '0' || line[i] > '9') {
                return -1;
            }
            value = value > Long.MAX_VALUE / 10 - 1 ? Long.MAX_VALUE / 10 : value * 10 + line[i] - '0';
        }
        return value;
    }

    private boolean isWord(int from, int to, String upper) {
        if (to - from != upper.length()) {
            return false;
        }
        for (int i = 0; i < upper.length(); i++) {
            int b = line[from + i];
            if ((b >= 'a' && b <= 'z' ? b - 32 : b) != upper.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String text(int from, int to) {
        return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static boolean isAlphanumeric(byte b) {
        return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z';
    }

    private static boolean isHex(byte b) {
        return b >= '0' && b <= '9' || b >= 'A' && b <= 'F';
    }

    private static int verb(String word) {
        return word.charAt(0) << 24 | word.charAt(1) << 16 | word.charAt(2) << 8 | word.charAt(3);
    }

    private static Command.Malformed malformed(int code, String text) {
        return new Command.Malformed(Reply.of(code, text));
    }
}
