package org.sluicemta.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// What a test resolver knows: names with their records and faults. Immutable.
///
/// As text, a line an entry, `#` begins a comment:
/// ```
/// ttl 60                                   # of the lines below
/// negative-ttl 30                          # of answers that deny
/// example.com        MX   10 mx1.example.com
/// mx1.example.com    A    127.0.0.2
/// www.example.com    CNAME example.com
/// example.com        TXT  "v=spf1 -all"
/// nullmx.example     MX   0 .
/// *.many.example     MX   10 mx1.example.com
/// sick.example       SERVFAIL              # or REFUSED, NXDOMAIN, NOEDNS, SILENT, TRUNCATED
/// slow.example       DELAY 250ms           # beside its records
/// ```
/// A name that is not here does not exist (NXDOMAIN); one that has only names below it, or other types, has no
/// records of the type asked for. A negative TTL of 0 leaves out the SOA, so that the answer may not be kept.
public final class ZoneTable {
    private static final int MAX_CHAIN = 16;

    private final Map<String, Entry> entries;
    private final Set<String> parents;
    private final int negativeTtlSeconds;

    private ZoneTable(Map<String, Entry> entries, int negativeTtlSeconds) {
        this.entries = Map.copyOf(entries);
        this.negativeTtlSeconds = negativeTtlSeconds;
        this.parents = new HashSet<>();
        for (String name : entries.keySet()) {
            for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
                parents.add(name.substring(dot + 1));
            }
        }
    }

    /// @throws ZoneException naming the line
    public static ZoneTable parse(String text) {
        Builder builder = builder();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            try {
                builder.line(line);
            } catch (ZoneException wrong) {
                throw new ZoneException("line " + number + ": " + wrong.getMessage());
            }
        }
        return builder.build();
    }

    public static Builder builder() {
        return new Builder();
    }

    int negativeTtlSeconds() {
        return negativeTtlSeconds;
    }

    /// What is said of a name; a wildcard of a parent stands in for a name that does not exist.
    Optional<Entry> find(String name) {
        Entry exact = entries.get(name);
        if (exact != null) {
            return Optional.of(exact);
        }
        if (parents.contains(name)) {
            return Optional.of(Entry.EMPTY);
        }
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            String parent = name.substring(dot + 1);
            Entry wild = entries.get("*." + parent);
            if (wild != null) {
                return Optional.of(wild.as(name));
            }
            if (entries.containsKey(parent)) {
                return Optional.empty(); // the closest name that exists has no wildcard below it
            }
        }
        return Optional.empty();
    }

    /// The answer section for a question, aliases followed within the table, and whether the last name exists.
    Chain chain(String name, int type) {
        var records = new ArrayList<Record>();
        String at = name;
        for (int steps = 0; steps < MAX_CHAIN; steps++) {
            Optional<Entry> entry = find(at);
            if (entry.isEmpty() || entry.get().fault() == ZoneFault.NXDOMAIN) {
                return new Chain(records, false);
            }
            Optional<Record> alias = entry.get().first(Type.CNAME);
            if (alias.isEmpty() || type == Type.CNAME) {
                entry.get().records().stream().filter(r -> r.getType() == type).forEach(records::add);
                return new Chain(records, true);
            }
            records.add(alias.get());
            at = nameOf(((org.xbill.DNS.CNAMERecord) alias.get()).getTarget());
        }
        return new Chain(records, true);
    }

    static String nameOf(Name name) {
        String text = name.toString(true).toLowerCase(Locale.ROOT);
        return text.equals(".") ? "" : text;
    }

    record Chain(List<Record> records, boolean exists) {}

    /// @param delay before it answers
    record Entry(List<Record> records, ZoneFault fault, Duration delay) {
        static final Entry EMPTY = new Entry(List.of(), ZoneFault.NONE, Duration.ZERO);

        Entry {
            records = List.copyOf(records);
        }

        Optional<Record> first(int type) {
            return records.stream().filter(r -> r.getType() == type).findFirst();
        }

        private Entry with(Record record) {
            var more = new ArrayList<>(records);
            more.add(record);
            return new Entry(more, fault, delay);
        }

        /// The same records under another name.
        private Entry as(String name) {
            Name owner = absolute(name);
            var renamed = new ArrayList<Record>();
            for (Record record : records) {
                renamed.add(record(owner, record.getType(), record.getTTL(), record.rdataToString()));
            }
            return new Entry(renamed, fault, delay);
        }
    }

    /// Gathers entries; a name may be given many times.
    public static final class Builder {
        private final Map<String, Entry> entries = new HashMap<>();
        private int ttlSeconds = 60;
        private int negativeTtlSeconds = 30;

        private Builder() {}

        /// Of records added later, 0 or more.
        public Builder ttl(int seconds) {
            ttlSeconds = seconds;
            return this;
        }

        /// Of answers that deny; 0 sends no SOA.
        public Builder negativeTtl(int seconds) {
            negativeTtlSeconds = seconds;
            return this;
        }

        public Builder mx(String name, int preference, String host) {
            return add(name, Type.MX, preference + " " + host);
        }

        /// An A or AAAA record, as the address is.
        public Builder address(String name, String address) {
            return add(name, address.indexOf(':') >= 0 ? Type.AAAA : Type.A, address);
        }

        public Builder alias(String name, String target) {
            return add(name, Type.CNAME, target);
        }

        public Builder text(String name, String text) {
            return add(name, Type.TXT, "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
        }

        public Builder fault(String name, ZoneFault fault) {
            Entry entry = entry(name);
            entries.put(key(name), new Entry(entry.records(), fault, entry.delay()));
            return this;
        }

        public Builder delay(String name, Duration delay) {
            Entry entry = entry(name);
            entries.put(key(name), new Entry(entry.records(), entry.fault(), delay));
            return this;
        }

        public ZoneTable build() {
            return new ZoneTable(entries, negativeTtlSeconds);
        }

        private Builder add(String name, int type, String data) {
            entries.put(key(name), entry(name).with(record(absolute(key(name)), type, ttlSeconds, data)));
            return this;
        }

        private Entry entry(String name) {
            return entries.getOrDefault(key(name), Entry.EMPTY);
        }

        private static String key(String name) {
            String lower = name.toLowerCase(Locale.ROOT);
            return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
        }

        void line(String line) {
            int comment = line.indexOf('#');
            String text = (comment >= 0 ? line.substring(0, comment) : line).strip();
            if (text.isEmpty()) {
                return;
            }
            String[] words = text.split("\\s+", 3);
            if (words.length < 2) {
                throw new ZoneException("'" + text + "' has no type; write a name, a type and its data");
            }
            String data = words.length == 3 ? words[2] : "";
            switch (words[1].toUpperCase(Locale.ROOT)) {
                case "MX" -> add(words[0], Type.MX, data);
                case "A" -> add(words[0], Type.A, data);
                case "AAAA" -> add(words[0], Type.AAAA, data);
                case "CNAME" -> add(words[0], Type.CNAME, data);
                case "TXT" -> add(words[0], Type.TXT, data);
                case "PTR" -> add(words[0], Type.PTR, data);
                case "DELAY" -> delay(words[0], duration(data));
                default -> lineOfOneWord(words);
            }
        }

        private void lineOfOneWord(String[] words) {
            if (words[0].equals("ttl")) {
                ttlSeconds = number(words[1]);
                return;
            }
            if (words[0].equals("negative-ttl")) {
                negativeTtlSeconds = number(words[1]);
                return;
            }
            try {
                fault(words[0], ZoneFault.valueOf(words[1].toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException unknown) {
                throw new ZoneException(
                        "'" + words[1] + "' is no type or fault; write MX, A, AAAA, CNAME, TXT, PTR, DELAY,"
                                + " SERVFAIL, REFUSED, NXDOMAIN, NOEDNS, SILENT or TRUNCATED");
            }
        }

        private static int number(String text) {
            try {
                return Integer.parseInt(text);
            } catch (NumberFormatException wrong) {
                throw new ZoneException("'" + text + "' is no number of seconds");
            }
        }

        private static Duration duration(String text) {
            if (text.endsWith("ms")) {
                return Duration.ofMillis(number(text.substring(0, text.length() - 2)));
            }
            if (text.endsWith("s")) {
                return Duration.ofSeconds(number(text.substring(0, text.length() - 1)));
            }
            throw new ZoneException("'" + text + "' is no delay; write 250ms or 2s");
        }
    }

    private static Name absolute(String name) {
        try {
            return Name.fromString(name, Name.root);
        } catch (IOException wrong) {
            throw new ZoneException("'" + name + "' is no name: " + wrong.getMessage());
        }
    }

    private static Record record(Name owner, int type, long ttlSeconds, String data) {
        try {
            return Record.fromString(owner, type, DClass.IN, ttlSeconds, data, Name.root);
        } catch (IOException wrong) {
            throw new ZoneException("'" + data + "' is no " + Type.string(type) + " record: " + wrong.getMessage());
        }
    }
}
