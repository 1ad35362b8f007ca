package org.sluicemta.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.Entropy;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;

/// Between bytes and answers: the only place that knows dnsjava. Pure.
///
/// What a name server says is hostile text. Only the answer section counts, and of it only the chain of aliases from
/// the name asked for to the records of the type asked for, and the SOA of the authority section for the lifetime
/// of a
/// negative answer. Nothing of the additional section is ever believed: it costs a question more and closes the oldest
/// way of poisoning a cache.
final class DnsCodec {
    /// The most records of one answer that are kept: no mail domain needs more, and 100,000 cached answers stay small.
    static final int MAX_RECORDS = 64;

    /// The most records that a message may announce: bounds the work of decoding one on a loop.
    private static final int MAX_ANNOUNCED = 1_000;

    /// Text kept of one answer's TXT records.
    private static final int MAX_TEXT_OCTETS = 8_192;

    private static final int HEADER_OCTETS = 12;
    private static final int SMALLEST_RECORD_OCTETS = 11;
    private static final int SMALLEST_QUESTION_OCTETS = 5;

    private DnsCodec() {}

    /// What a message means to the question that it answers.
    sealed interface Reading {
        /// The alias chain ends in `answer`, or in a name that has to be asked for next.
        ///
        /// @param ttlSeconds the least of the chain, not clamped; 0 for a negative answer that is not to be
        ///     kept
        record Complete(DnsAnswer answer, List<String> aliases, long ttlSeconds) implements Reading {}

        /// The chain ends in an alias without its target's records.
        record Follow(List<String> aliases, long ttlSeconds) implements Reading {}

        /// Too large for a datagram: ask again by TCP. Source: RFC 7766 section 5.
        record Truncated() implements Reading {}

        /// FORMERR, NOTIMP, BADVERS: maybe it does not know EDNS. Source: RFC 6891 section 7.
        record NotUnderstood(String why) implements Reading {}

        /// This server does not answer this question; another may.
        record ServerFailed(String why) implements Reading {}

        /// Not an answer to what was asked: as if it had not come.
        record Foreign() implements Reading {}
    }

    /// The bytes of a question.
    ///
    /// @param name as sent, letters in the case that the answer must repeat
    static byte[] question(int id, String name, DnsType type, int ednsOctets) {
        Message message = new Message(id);
        message.getHeader().setOpcode(Opcode.QUERY);
        message.getHeader().setFlag(Flags.RD);
        message.addRecord(Record.newRecord(absolute(name), type.code(), DClass.IN), Section.QUESTION);
        if (ednsOctets > 0) {
            message.addRecord(new OPTRecord(ednsOctets, 0, 0), Section.ADDITIONAL);
        }
        return message.toWire();
    }

    /// The name with each letter in random case. Source: the draft "Use of Bit 0x20 in DNS Labels".
    static String mixedCase(String name, Entropy entropy) {
        var mixed = new StringBuilder(name.length());
        long bits = 0;
        for (int i = 0; i < name.length(); i++) {
            bits = i % 64 == 0 ? entropy.nextLong() : bits >>> 1;
            char c = name.charAt(i);
            mixed.append((bits & 1) == 1 ? Character.toUpperCase(c) : c);
        }
        return mixed.toString();
    }

    /// Reads a message that came from the right place under the right id.
    ///
    /// @param sentName as it was sent; compared letter by letter
    /// @param asked the name and type that were sent, lower case
    static Reading read(byte[] bytes, int id, String sentName, DnsQuestion asked) {
        Message message = decode(bytes);
        if (message == null) {
            return new Reading.ServerFailed("the answer cannot be decoded");
        }
        Header header = message.getHeader();
        if (header.getID() != id || !header.getFlag(Flags.QR) || header.getOpcode() != Opcode.QUERY) {
            return new Reading.Foreign();
        }
        int code = message.getRcode(); // with the bits of EDNS
        if (!repeatsQuestion(message, sentName, asked, code)) {
            return new Reading.Foreign();
        }
        return switch (code) {
            case Rcode.NOERROR, Rcode.NXDOMAIN ->
                header.getFlag(Flags.TC) ? new Reading.Truncated() : chain(message, asked, code == Rcode.NXDOMAIN);
            case Rcode.FORMERR, Rcode.NOTIMP, Rcode.BADVERS -> new Reading.NotUnderstood(Rcode.string(code));
            default -> new Reading.ServerFailed(Rcode.string(code));
        };
    }

    private static @Nullable Message decode(byte[] bytes) {
        if (!isPlausible(bytes)) {
            return null;
        }
        try {
            return new Message(bytes);
        } catch (IOException | RuntimeException hostile) {
            // The decoder throws several unchecked kinds on hostile bytes (found by mutation); all mean the same to us.
            return null;
        }
    }

    /// The counts of the header must fit the bytes: the decoder reserves room by them before it reads.
    private static boolean isPlausible(byte[] bytes) {
        if (bytes.length < HEADER_OCTETS) {
            return false;
        }
        int questions = u16(bytes, 4);
        int records = u16(bytes, 6) + u16(bytes, 8) + u16(bytes, 10);
        return questions <= 1
                && records <= MAX_ANNOUNCED
                && HEADER_OCTETS + questions * SMALLEST_QUESTION_OCTETS + (long) records * SMALLEST_RECORD_OCTETS
                        <= bytes.length;
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    /// Servers that understand nothing repeat no question; a refusal without one can do no harm beyond a retry.
    private static boolean repeatsQuestion(Message message, String sentName, DnsQuestion asked, int code) {
        Record question = message.getQuestion();
        if (question == null) {
            return code != Rcode.NOERROR && code != Rcode.NXDOMAIN;
        }
        return question.getType() == asked.type().code()
                && question.getDClass() == DClass.IN
                && question.getName().toString(true).equals(sentName);
    }

    private static Reading chain(Message message, DnsQuestion asked, boolean isNxDomain) {
        List<Record> answers = message.getSection(Section.ANSWER);
        var aliases = new ArrayList<String>();
        Set<String> passed = new HashSet<>();
        String name = asked.name();
        long ttl = Long.MAX_VALUE;
        while (true) {
            passed.add(name);
            var records = new ArrayList<DnsRecord>();
            String alias = null;
            for (Record record : answers) {
                if (record.getDClass() != DClass.IN || !text(record.getName()).equals(name)) {
                    continue;
                }
                if (record.getType() == asked.type().code()) {
                    DnsRecord ours = ours(record);
                    if (ours != null) {
                        records.add(ours);
                        ttl = Math.min(ttl, ttl(record));
                    }
                } else if (record instanceof CNAMERecord cname && alias == null) {
                    alias = text(cname.getTarget());
                    ttl = Math.min(ttl, ttl(record));
                }
            }
            if (!records.isEmpty()) {
                return new Reading.Complete(new DnsAnswer.Records(name, bounded(records)), aliases, ttl);
            }
            if (alias == null) {
                return end(message, name, aliases, ttl, isNxDomain);
            }
            aliases.add(alias);
            if (aliases.size() > Resolver.MAX_ALIASES || passed.contains(alias)) {
                return new Reading.ServerFailed("its aliases (CNAME) lead in a circle or are more than "
                        + Resolver.MAX_ALIASES + ": " + asked.name());
            }
            if (!DnsQuestion.canonical(alias).equals(java.util.Optional.of(alias))) {
                return new Reading.ServerFailed("an alias leads to '" + alias + "', which is no name");
            }
            name = alias;
        }
    }

    /// The chain ended without records: negative, or cut short at an alias.
    private static Reading end(Message message, String name, List<String> aliases, long chainTtl, boolean isNxDomain) {
        long negative = negativeTtl(message, name);
        if (isNxDomain) {
            return new Reading.Complete(new DnsAnswer.NoSuchDomain(), aliases, Math.min(chainTtl, negative));
        }
        boolean isReferral = negative == 0 && hasReferral(message);
        if (!aliases.isEmpty() && negative == 0) {
            return new Reading.Follow(aliases, chainTtl);
        }
        if (isReferral) {
            // A server that does not recurse: its silence about the name says nothing.
            return new Reading.ServerFailed("it refers to other servers instead of answering");
        }
        return new Reading.Complete(new DnsAnswer.NoRecords(), aliases, Math.min(chainTtl, negative));
    }

    /// The lesser of the SOA's TTL and its MINIMUM; 0 without a SOA of this zone. Source: RFC 2308 section 5.
    private static long negativeTtl(Message message, String name) {
        for (Record record : message.getSection(Section.AUTHORITY)) {
            if (record instanceof SOARecord soa && isWithin(name, text(soa.getName()))) {
                return Math.min(ttl(soa), Math.max(0, soa.getMinimum()));
            }
        }
        return 0;
    }

    private static boolean hasReferral(Message message) {
        return !message.getHeader().getFlag(Flags.AA)
                && message.getSection(Section.AUTHORITY).stream().anyMatch(r -> r.getType() == org.xbill.DNS.Type.NS);
    }

    private static boolean isWithin(String name, String zone) {
        return zone.isEmpty() || name.equals(zone) || name.endsWith("." + zone);
    }

    /// A TTL with its highest bit set counts as 0. Source: RFC 2181 section 8.
    private static long ttl(Record record) {
        long ttl = record.getTTL();
        return ttl < 0 || ttl > Integer.MAX_VALUE ? 0 : ttl;
    }

    private static @Nullable DnsRecord ours(Record record) {
        return switch (record) {
            case MXRecord mx -> new DnsRecord.Mx(mx.getPriority(), text(mx.getTarget()));
            case ARecord a -> ip(a.getAddress());
            case AAAARecord aaaa -> ip(aaaa.getAddress());
            case TXTRecord txt -> new DnsRecord.Text(joined(txt));
            case PTRRecord ptr -> new DnsRecord.Pointer(text(ptr.getTarget()));
            default -> null; // an open set of another library's types
        };
    }

    /// Without the name that dnsjava hangs on, which a later comparison or message would show.
    private static @Nullable DnsRecord ip(@Nullable InetAddress address) {
        if (address == null) {
            return null;
        }
        try {
            return new DnsRecord.Ip(InetAddress.getByAddress(address.getAddress()));
        } catch (java.net.UnknownHostException wrongLength) {
            throw new IllegalStateException("an address has 4 or 16 octets", wrongLength);
        }
    }

    private static String joined(TXTRecord txt) {
        var text = new StringBuilder();
        for (Object part : txt.getStringsAsByteArrays()) {
            text.append(new String((byte[]) part, StandardCharsets.ISO_8859_1));
            if (text.length() > MAX_TEXT_OCTETS) {
                return text.substring(0, MAX_TEXT_OCTETS);
            }
        }
        return text.toString();
    }

    /// At most [#MAX_RECORDS], of mail exchangers those of the lowest preference; texts within one budget.
    private static List<DnsRecord> bounded(List<DnsRecord> records) {
        var distinct = new ArrayList<>(new java.util.LinkedHashSet<>(records));
        if (distinct.size() > MAX_RECORDS) {
            distinct.sort(Comparator.comparingInt(r -> r instanceof DnsRecord.Mx mx ? mx.preference() : 0));
            distinct.subList(MAX_RECORDS, distinct.size()).clear();
        }
        int octets = 0;
        for (int i = 0; i < distinct.size(); i++) {
            octets +=
                    distinct.get(i) instanceof DnsRecord.Text text ? text.text().length() : 0;
            if (octets > MAX_TEXT_OCTETS && i > 0) {
                distinct.subList(i, distinct.size()).clear();
            }
        }
        return distinct;
    }

    /// Lower case, without the final dot; empty for the root.
    private static String text(Name name) {
        return name.toString(true).equals(".") ? "" : name.toString(true).toLowerCase(Locale.ROOT);
    }

    private static Name absolute(String name) {
        try {
            return Name.fromString(name + ".");
        } catch (TextParseException unasked) {
            throw new IllegalStateException("a question's name was checked when it was made: " + name, unasked);
        }
    }
}
