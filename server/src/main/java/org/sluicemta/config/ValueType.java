package org.sluicemta.config;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sluicemta.account.PrivacyPolicy;
import org.sluicemta.account.QueueFilter;

/// A kind of value: how it is written and what it becomes. Each says precisely what is wrong with a bad value and
/// what to write instead.
///
/// @param <T> what a value becomes
public final class ValueType<T> {
    /// Stands for "no limit" in a number; comparing with it needs no special case.
    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final long LONGEST_SECONDS = 100L * 366 * 86_400;
    private static final int MOST_DURATIONS = 30;

    private static final Map<String, ValueType<?>> BY_NAME = new ConcurrentHashMap<>();

    /// The units of a rate, with their long spellings. Other spellings are refused with the right one named.
    private static final Map<String, Rate.Unit> RATE_UNITS = Map.ofEntries(
            Map.entry("s", Rate.Unit.SECOND),
            Map.entry("sec", Rate.Unit.SECOND),
            Map.entry("second", Rate.Unit.SECOND),
            Map.entry("m", Rate.Unit.MINUTE),
            Map.entry("min", Rate.Unit.MINUTE),
            Map.entry("minute", Rate.Unit.MINUTE),
            Map.entry("h", Rate.Unit.HOUR),
            Map.entry("hr", Rate.Unit.HOUR),
            Map.entry("hour", Rate.Unit.HOUR),
            Map.entry("d", Rate.Unit.DAY),
            Map.entry("day", Rate.Unit.DAY));

    private final String name;
    private final String expects;
    private final Function<String, Parsed<T>> reader;

    private ValueType(String name, String expects, Function<String, Parsed<T>> reader) {
        this.name = name;
        this.expects = expects;
        this.reader = reader;
    }

    // ---- the types

    static final ValueType<Boolean> BOOL = type("bool", "yes or no", ValueType::bool);
    static final ValueType<Long> COUNT =
            type("int", "a whole number", text -> number(text, 0, Long.MAX_VALUE, "a whole number"));
    static final ValueType<Long> CAP = type("cap", "a whole number such as 20, or unlimited", text -> cap(text, false));
    static final ValueType<Long> CAP_OR_ZERO =
            type("cap0", "a whole number; 0 or unlimited for no limit", text -> cap(text, true));
    static final ValueType<Integer> PORT = type("port", "a port", text -> port(text, 0));
    static final ValueType<Duration> DURATION =
            type("duration", "a time such as 10m or 4d12h", text -> duration(text, 0, LONGEST_SECONDS));
    static final ValueType<Duration> TIMEOUT =
            type("timeout", "a time of 1s or more, such as 10m", text -> duration(text, 1, LONGEST_SECONDS));
    static final ValueType<Duration> SHORT = type("short", "a time of at most 10m", text -> duration(text, 0, 600));
    static final ValueType<List<Duration>> DURATIONS =
            type("durations", "1 to 30 times such as 5m,10m,1h", ValueType::durations);
    static final ValueType<Delay> DELAY = type("delay", "a time such as 2h, or never", text -> delay(text, false));
    static final ValueType<Delay> BOOL_OR_DELAY =
            type("bool-delay", "yes, no, a time such as 2h, or never", text -> delay(text, true));
    static final ValueType<Rate> RATE =
            type("rate", "a rate such as 250/h or 100/15m, or unlimited", text -> rate(text, false));
    static final ValueType<Rate> PER_HOUR = type("per-hour", "a whole number an hour", ValueType::perHour);
    static final ValueType<Rate> VOLUME_RATE =
            type("volume-rate", "a volume rate such as 10M/h, or unlimited", text -> rate(text, true));
    static final ValueType<Long> SIZE = type("size", "a size such as 50M", text -> size(text, false));
    static final ValueType<Long> MEMORY = type("memory", "a size of 16M or more, or auto", ValueType::memory);
    static final ValueType<Long> SIZE_CAP =
            type("size-cap", "a size such as 50M; 0 or unlimited for no limit", text -> size(text, true));
    static final ValueType<String> TEXT =
            type("text", "text", text -> text.isEmpty() ? missing("a text") : Parsed.good(Words.whole(text)));
    static final ValueType<String> NAME = type("name", "one word", text -> word(text, "one word"));
    static final ValueType<String> PATH = type("path", "a path", text -> word(text, "a path"));
    static final ValueType<String> URL = type("url", "an http or https URL", ValueType::url);
    static final ValueType<String> MAILBOX =
            type("mailbox", "an e-mail address", text -> word(text, "an e-mail address"));
    static final ValueType<List<String>> MAILBOXES =
            type("mailboxes", "e-mail addresses with commas, or \"\"", ValueType::mailboxes);
    static final ValueType<List<String>> LIST = type("list", "a list with commas", ValueType::list);
    static final ValueType<PickupLine> PICKUP =
            type("pickup", "two folders: for new files, and for bad ones", PickupLine::parse);
    static final ValueType<Alias> ALIAS = type("alias", "an address and where its mail goes", Alias::parse);
    static final ValueType<InetAddress> ADDRESS = type("address", "an IP address", ValueType::address);
    static final ValueType<Cidr> CIDR = type("cidr", "an address or range such as 10.0.0.0/8", ValueType::cidr);
    static final ValueType<CidrRate> CIDR_RATE =
            type("cidr-rate", "a range and a rate, such as 192.0.2.0/24 250/h", text -> cidrRate(text, false));
    static final ValueType<CidrRate> CIDR_VOLUME =
            type("cidr-volume", "a range and a volume rate, such as 192.0.2.0/24 10M/h", text -> cidrRate(text, true));
    static final ValueType<CidrCount> CIDR_COUNT =
            type("cidr-int", "a range and a number, such as 192.0.2.0/24 10", ValueType::cidrCount);
    static final ValueType<List<Long>> DAY_COUNTS =
            type("day-counts", "numbers a day, such as 400/day or 100/d,200/d,400/d", ValueType::dayCounts);
    static final ValueType<Listener> LISTENER =
            type("listener", "an address and a port, such as 0.0.0.0:25", ValueType::listener);
    static final ValueType<SourceHost> SOURCE_HOST =
            type("source-host", "an address and a host name", ValueType::sourceHost);
    static final ValueType<Endpoint> NAME_SERVER =
            type("name-server", "an IP address, or address:port", ValueType::nameServer);
    static final ValueType<FileAndPassword> FILE_AND_PASSWORD =
            type("file-password", "a path and at need a password", ValueType::fileAndPassword);
    static final ValueType<HostList> HOSTS =
            type("hosts", "hosts such as [192.0.2.1]:25 or lookup-mx:example.com", ValueType::hosts);
    static final ValueType<String> DOMAINS = type(
            "domains",
            "a domain, a pattern such as [*.]example.com, or $macro",
            text -> word(text, "a domain, a pattern or a macro"));
    static final ValueType<Macro> MACRO = type("macro", "a name and a list of domains", ValueType::macro);
    static final ValueType<Set<String>> RECORDS = type("records", "record types such as d,b,t,tq", ValueType::records);
    static final ValueType<Set<String>> QUEUE_RECORDS = type("queue-records", "some of d,b,t,tq", AcctValues::disabled);
    static final ValueType<AcctValues.FieldsLine> RECORD_FIELDS =
            type("record-fields", "a type of record and its fields, such as d *,header_Subject", AcctValues::fields);
    static final ValueType<AcctValues.MappingLine> FIELD_MAPPING =
            type("field-mapping", "a type of record, header_NAME and the field it stands for", AcctValues::mapping);
    static final ValueType<PrivacyPolicy> PRIVACY =
            type("privacy", "retain, redact, siphash or hmac-sha256, and its text or key", AcctValues::privacy);
    static final ValueType<QueueFilter> QUEUE_FILTER =
            type("queue-filter", "patterns of queues such as */mta1,!example.com/*", AcctValues::filter);
    static final ValueType<ConfigSource> CONFIG_SOURCE =
            type("config-source", ConfigSourceReader.EXPECTS, ConfigSourceReader::read);
    static final ValueType<HttpAccess> HTTP_ACCESS = type(
            "http-access",
            "a range, and none, monitor, operator or admin, such as 192.0.2.0/24 monitor",
            HttpAccess::parse);
    static final ValueType<Secret> API_KEY =
            type("api-key", "32 to 128 letters, digits and _", HttpAccess::parseApiKey);
    static final ValueType<SigningValues.KeyLine> DOMAIN_KEY =
            type("domain-key", "a selector, a domain or *, and a file", SigningValues::key);
    static final ValueType<String> IDENTITY =
            type("identity", "@domain, an address, sender-or-from or strict-from", SigningValues::identity);
    static final ValueType<List<String>> HEADER_NAMES =
            type("header-names", "names of header fields", text -> SigningValues.headers(text, false));
    static final ValueType<List<String>> HEADER_PATTERNS =
            type("header-patterns", "names of header fields and /regex/", text -> SigningValues.headers(text, true));
    static final ValueType<String> DKIM_ALGORITHM = type("dkim-algorithm", "rsa-sha256", SigningValues::algorithm);
    static final ValueType<Reply> REPLY = type("reply", "/regex/ and actions", ValueType::reply);
    static final ValueType<Rollup> ROLLUP =
            type("rollup", "a host, the name of a .rollup queue, and at need rollup-by-ip", ValueType::rollup);
    static final ValueType<PatternLines.Parts> PATTERN = type(
            "pattern",
            "/regex/ and what it chooses, such as virtual-mta=NAME",
            text -> PatternLines.parse(text, PatternRule.Subject.MAIL_FROM, true));
    static final ValueType<PatternLines.Parts> HEADER_PATTERN = type(
            "header-pattern",
            "the name of a header, /regex/ and what it chooses, such as virtual-mta=NAME",
            text -> PatternLines.parse(text, PatternRule.Subject.HEADER, true));
    static final ValueType<PatternLines.Parts> CONDITION =
            type("condition", "/regex/", text -> PatternLines.parse(text, PatternRule.Subject.MAIL_FROM, false));
    static final ValueType<PatternLines.Parts> HEADER_CONDITION = type(
            "header-condition",
            "the name of a header and /regex/",
            text -> PatternLines.parse(text, PatternRule.Subject.HEADER, false));
    static final ValueType<PatternLines.Parts> REST = type(
            "rest",
            "what all the rest chooses, such as virtual-mta=NAME",
            text -> PatternLines.parse(text, PatternRule.Subject.REST, true));
    static final ValueType<String> DATE_HEADER = choice("no,yes,override");
    static final ValueType<String> DELIVERY_TYPE = choice("smtp,pipe,file,discard,http-delivery");

    /// @param regex for an engine
    record Reply(String regex, List<ReplyAction> actions) {}

    /// @param pattern of a host, in lower case
    /// @param queue in lower case
    record Rollup(String pattern, String queue, boolean isByIp) {}

    /// @param items as written, not expanded
    record Macro(String name, List<String> items) {}

    /// How the type is called in the catalogue.
    String name() {
        return name;
    }

    /// What it wants, for a person.
    String expects() {
        return expects;
    }

    Parsed<T> parse(String text) {
        return reader.apply(text);
    }

    private static <T> ValueType<T> type(String name, String expects, Function<String, Parsed<T>> reader) {
        ValueType<T> type = new ValueType<>(name, expects, reader);
        BY_NAME.put(name, type);
        return type;
    }

    static ValueType<String> choice(String options) {
        List<String> all = List.of(options.split(","));
        String spoken = String.join(", ", all.subList(0, all.size() - 1)) + " or " + all.getLast();
        return new ValueType<>("choice(" + options + ")", spoken, text -> choose(text, all, spoken));
    }

    static ValueType<Long> range(long least, long most) {
        String expects = "a whole number from " + least + " to " + most;
        return new ValueType<>("int(" + least + ".." + most + ")", expects, text -> number(text, least, most, expects));
    }

    /// The type of this name in the catalogue.
    ///
    /// @throws ConfigException for a name that no type has
    static ValueType<?> byName(String name) {
        ValueType<?> known = BY_NAME.get(name);
        if (known != null) {
            return known;
        }
        ValueType<?> made;
        if (name.startsWith("choice(")) {
            made = choice(name.substring(7, name.length() - 1));
        } else if (name.startsWith("int(")) {
            String[] ends = name.substring(4, name.length() - 1).split("\\.\\.");
            made = range(Long.parseLong(ends[0]), Long.parseLong(ends[1]));
        } else {
            throw new ConfigException("the catalogue names a type that nobody reads: " + name);
        }
        BY_NAME.put(name, made);
        return made;
    }

    // ---- readers

    private static <T> Parsed<T> missing(String expects) {
        return Parsed.bad("the value is missing", "write " + expects + " after the name");
    }

    private static Parsed<String> word(String text, String expects) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty()) {
            return missing(expects);
        }
        if (words.size() > 1) {
            return Parsed.bad(
                    words.get(1), "more than " + expects, "write one value, in double quotes if it holds blanks");
        }
        return Parsed.good(words.getFirst().text());
    }

    private static Parsed<Boolean> bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "yes", "true" -> Parsed.good(true);
            case "no", "false" -> Parsed.good(false);
            case "" -> missing("yes or no");
            default -> Parsed.bad(Problems.quote(text) + " is neither yes nor no", "write " + meantBool(text));
        };
    }

    private static String meantBool(String text) {
        String lower = Words.whole(text).toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "on", "1", "y", "enable", "enabled" -> "yes";
            case "off", "0", "n", "none", "disable", "disabled" -> "no";
            default -> nearest(lower, List.of("yes", "true", "no", "false")).orElse("yes or no");
        };
    }

    /// The word that was probably meant: one edit away, or two from a long one.
    static Optional<String> nearest(String word, List<String> words) {
        String best = null;
        int least = 1 + Math.min(2, Math.max(1, (word.length() - 1) / 3));
        for (String each : words) {
            int distance = NearNames.distance(word, each, least);
            if (distance < least) {
                least = distance;
                best = each;
            }
        }
        return Optional.ofNullable(best);
    }

    private static Parsed<String> choose(String text, List<String> options, String spoken) {
        String lower = Words.whole(text).toLowerCase(Locale.ROOT);
        if (lower.isEmpty()) {
            return missing(spoken);
        }
        // Truth values have two spellings everywhere.
        String plain = lower.equals("true") ? "yes" : lower.equals("false") ? "no" : lower;
        if (options.contains(lower) || options.contains(plain)) {
            return Parsed.good(options.contains(lower) ? lower : plain);
        }
        return Parsed.bad(
                Problems.quote(text) + " is not one of " + spoken,
                "write " + nearest(lower, options).orElse(spoken));
    }

    private static Parsed<Long> number(String text, long least, long most, String expects) {
        if (text.isEmpty()) {
            return missing(expects);
        }
        long value = digits(text);
        if (value < 0) {
            return Parsed.bad(Problems.quote(text) + " is not a whole number", "write " + expects);
        }
        if (value < least || value > most) {
            return Parsed.bad(text + " is out of range", "write " + expects);
        }
        return Parsed.good(value);
    }

    /// The number, or -1 for what is none or has more than 15 digits.
    private static long digits(String text) {
        if (text.isEmpty() || text.length() > 15) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    private static Parsed<Long> cap(String text, boolean zeroIsUnlimited) {
        if (text.equalsIgnoreCase("unlimited")) {
            return Parsed.good(UNLIMITED);
        }
        Parsed<Long> parsed = number(text, 0, Integer.MAX_VALUE, "a whole number such as 20, or unlimited");
        if (parsed instanceof Parsed.Good<Long>(Long value) && value == 0) {
            return zeroIsUnlimited
                    ? Parsed.good(UNLIMITED)
                    : new Parsed.Odd<>(
                            0L,
                            "limit-zero",
                            "0 allows nothing at all",
                            "this limit is a count; 0 is not \"no limit\" here",
                            "write unlimited for no limit, or 1 or more");
        }
        return parsed;
    }

    private static Parsed<Integer> port(String text, int least) {
        Parsed<Long> parsed = number(text, least, 65_535, "a port from " + least + " to 65535");
        return switch (parsed) {
            case Parsed.Good<Long>(Long value) -> Parsed.good(value.intValue());
            case Parsed.Odd<Long> odd -> Parsed.good(odd.value().intValue());
            case Parsed.Bad<Long>(String what, String mend, int offset, int length) ->
                new Parsed.Bad<>(what, mend, offset, length);
        };
    }

    private static Parsed<Duration> duration(String text, long least, long most) {
        if (text.isEmpty()) {
            return missing("a time such as 10m");
        }
        long total = seconds(text);
        if (total < 0) {
            String lower = text.toLowerCase(Locale.ROOT);
            if (lower.endsWith("ms")) {
                return Parsed.bad(Problems.quote(text) + " is in milliseconds", "write whole seconds: 1s or more");
            }
            return Parsed.bad(
                    Problems.quote(text) + " is not a time",
                    "write numbers with w, d, h, m or s, such as 10m or 4d12h" + hintOfDuration(lower));
        }
        if (total < least) {
            return Parsed.bad(text + " is too short", "write " + spell(Duration.ofSeconds(least)) + " or more");
        }
        if (total > most) {
            return Parsed.bad(text + " is too long", "write " + spell(Duration.ofSeconds(most)) + " or less");
        }
        return Parsed.good(Duration.ofSeconds(total));
    }

    private static final Pattern SPELLED_OUT =
            Pattern.compile("(\\d{1,9})\\s*(w|d|h|m|s)(eeks?|ays?|ours?|rs?|inutes?|ins?|econds?|ecs?)?");

    private static String hintOfDuration(String lower) {
        var match = SPELLED_OUT.matcher(lower);
        return match.matches() ? "; here " + match.group(1) + match.group(2) : "";
    }

    /// Seconds of `1w2d12h`; a bare number counts seconds. -1 for what is no time.
    private static long seconds(String text) {
        long total = 0;
        long number = -1;
        boolean hasUnit = false;
        for (int i = 0; i < text.length(); i++) {
            char c = Character.toLowerCase(text.charAt(i));
            if (c >= '0' && c <= '9') {
                number = (number < 0 ? 0 : number) * 10 + (c - '0');
                if (number > LONGEST_SECONDS) {
                    return -1;
                }
                continue;
            }
            long unit =
                    switch (c) {
                        case 'w' -> 604_800;
                        case 'd' -> 86_400;
                        case 'h' -> 3_600;
                        case 'm' -> 60;
                        case 's' -> 1;
                        default -> -1;
                    };
            if (unit < 0 || number < 0) {
                return -1;
            }
            total += number * unit;
            if (total > LONGEST_SECONDS) {
                return -1;
            }
            number = -1;
            hasUnit = true;
        }
        if (number >= 0) {
            return hasUnit ? -1 : number;
        }
        return hasUnit ? total : -1;
    }

    /// A time in the words of the configuration: `1h30m`.
    static String spell(Duration time) {
        long left = time.toSeconds();
        if (left == 0) {
            return "0s";
        }
        StringBuilder out = new StringBuilder();
        long[] sizes = {604_800, 86_400, 3_600, 60, 1};
        for (int i = 0; i < sizes.length; i++) {
            if (left >= sizes[i]) {
                out.append(left / sizes[i]).append("wdhms".charAt(i));
                left %= sizes[i];
            }
        }
        return out.toString();
    }

    private static Parsed<List<Duration>> durations(String text) {
        List<Words.Word> items = Words.items(text);
        if (items.isEmpty()) {
            return missing("a time such as 10m");
        }
        if (items.size() > MOST_DURATIONS) {
            return Parsed.bad(items.size() + " times in the list", "write at most " + MOST_DURATIONS);
        }
        List<Duration> all = new ArrayList<>();
        for (Words.Word item : items) {
            switch (duration(item.text(), 1, LONGEST_SECONDS)) {
                case Parsed.Good<Duration>(Duration value) -> all.add(value);
                case Parsed.Odd<Duration> odd -> all.add(odd.value());
                case Parsed.Bad<Duration>(String what, String mend, int _, int _) -> {
                    return Parsed.bad(item, what, mend);
                }
            }
        }
        return Parsed.good(List.copyOf(all));
    }

    private static Parsed<Delay> delay(String text, boolean orBool) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.equals("never") || orBool && (lower.equals("no") || lower.equals("false"))) {
            return Parsed.good(Delay.Never.NEVER);
        }
        if (orBool && (lower.equals("yes") || lower.equals("true"))) {
            return Parsed.good(new Delay.After(Duration.ZERO));
        }
        return switch (duration(text, 0, LONGEST_SECONDS)) {
            case Parsed.Good<Duration>(Duration value) -> Parsed.good(new Delay.After(value));
            case Parsed.Odd<Duration> odd -> Parsed.good(new Delay.After(odd.value()));
            case Parsed.Bad<Duration>(String what, String mend, int offset, int length) ->
                new Parsed.Bad<>(what, mend + ", or never", offset, length);
        };
    }

    private static final Pattern SPOKEN_RATE =
            Pattern.compile("(?i)(\\d{1,12}[kmgt]?)\\s*(?:per|an?|each|every)\\s+(second|minute|hour|day)s?");

    private static Parsed<Rate> rate(String text, boolean isVolume) {
        String example = isVolume ? "10M/h" : "250/h";
        if (text.isEmpty()) {
            return missing("a rate such as " + example);
        }
        if (text.equals("0") || text.equalsIgnoreCase("unlimited")) {
            return Parsed.good(Rate.unlimited());
        }
        int slash = text.indexOf('/');
        if (slash < 0) {
            var spoken = SPOKEN_RATE.matcher(text);
            if (spoken.matches()) {
                return Parsed.bad(
                        Problems.quote(text) + " is not a rate",
                        "write " + spoken.group(1) + "/"
                                + Character.toLowerCase(spoken.group(2).charAt(0)));
            }
            return Parsed.bad(
                    Problems.quote(text) + " has no unit of time",
                    digits(text) > 0 ? "write " + text + "/h for so many an hour" : "write a rate such as " + example);
        }
        String left = text.substring(0, slash).strip();
        long amount = isVolume ? bytes(left) : digits(left);
        if (amount < 0) {
            return new Parsed.Bad<>(
                    Problems.quote(left) + " is not a " + (isVolume ? "size" : "whole number"),
                    "write a rate such as " + example,
                    0,
                    Math.max(1, slash));
        }
        String unit = text.substring(slash + 1).strip().toLowerCase(Locale.ROOT);
        int digitsEnd = 0;
        while (digitsEnd < unit.length() && Character.isDigit(unit.charAt(digitsEnd))) {
            digitsEnd++;
        }
        long times = digitsEnd == 0 ? 1 : digits(unit.substring(0, digitsEnd));
        String word = unit.substring(digitsEnd).strip();
        Rate.Unit size =
                RATE_UNITS.get(word.endsWith("s") && word.length() > 1 ? word.substring(0, word.length() - 1) : word);
        if (size == null || times < 1 || times > 10_000) {
            return new Parsed.Bad<>(
                    Problems.quote(text.substring(slash + 1)) + " is not a unit of time",
                    "write s, m, h or d, with a number before it at need: " + example + " or 100/15m",
                    slash + 1,
                    Math.max(1, text.length() - slash - 1));
        }
        if (amount == 0) {
            return Parsed.bad("a rate of 0 in a time lets nothing through", "write unlimited, or 1 or more");
        }
        return Parsed.good(new Rate.Limited(amount, (int) times, size));
    }

    private static Parsed<Rate> perHour(String text) {
        return switch (number(text, 0, Integer.MAX_VALUE, "a whole number an hour")) {
            case Parsed.Good<Long>(Long value) ->
                Parsed.good(value == 0 ? Rate.unlimited() : new Rate.Limited(value, 1, Rate.Unit.HOUR));
            case Parsed.Odd<Long> odd -> Parsed.good(new Rate.Limited(odd.value(), 1, Rate.Unit.HOUR));
            case Parsed.Bad<Long>(String what, String mend, int offset, int length) ->
                new Parsed.Bad<>(what, mend, offset, length);
        };
    }

    private static Parsed<Long> size(String text, boolean isCap) {
        if (text.isEmpty()) {
            return missing("a size such as 50M");
        }
        if (isCap && (text.equals("0") || text.equalsIgnoreCase("unlimited"))) {
            return Parsed.good(UNLIMITED);
        }
        long bytes = bytes(text);
        if (bytes < 0) {
            String lower = text.toLowerCase(Locale.ROOT);
            String hint = lower.endsWith("b") && lower.length() > 2 ? text.substring(0, text.length() - 1) : "50M";
            return Parsed.bad(
                    Problems.quote(text) + " is not a size",
                    "write a number with b, k, m, g or t, such as " + (bytes(hint) >= 0 ? hint : "50M"));
        }
        return Parsed.good(bytes);
    }

    private static Parsed<Long> memory(String text) {
        if (text.equalsIgnoreCase("auto")) {
            return Parsed.good(0L);
        }
        Parsed<Long> size = size(text, false);
        return bytes(text) >= 0 && bytes(text) < LEAST_MEMORY
                ? Parsed.bad(Problems.quote(text) + " is too little to work with", "write 16M or more, or auto")
                : size;
    }

    private static final long LEAST_MEMORY = 16L << 20;

    /// Bytes of `50M`, 1 K being 1024; a bare number counts bytes. -1 for what is no size.
    private static long bytes(String text) {
        if (text.isEmpty()) {
            return -1;
        }
        int shift =
                switch (Character.toLowerCase(text.charAt(text.length() - 1))) {
                    case 'b' -> 0;
                    case 'k' -> 10;
                    case 'm' -> 20;
                    case 'g' -> 30;
                    case 't' -> 40;
                    default -> -1;
                };
        long number = digits(shift < 0 ? text : text.substring(0, text.length() - 1));
        if (number < 0 || number > Long.MAX_VALUE >> Math.max(0, shift) + 1) {
            return -1;
        }
        return number << Math.max(0, shift);
    }

    private static Parsed<String> url(String text) {
        return switch (word(text, "a URL")) {
            case Parsed.Good<String>(String value)
            when value.startsWith("http://") || value.startsWith("https://") -> Parsed.good(value);
            case Parsed.Good<String>(String value) ->
                Parsed.bad(Problems.quote(value) + " is not a URL", "write http://host or https://host");
            case Parsed.Odd<String> odd -> odd;
            // What follows a key by accident ("KEY YOUR KEY HERE") is told as such.
            case Parsed.Bad<String> bad -> bad;
        };
    }

    private static Parsed<List<String>> mailboxes(String text) {
        if (text.isEmpty()) {
            return missing("e-mail addresses with commas, or \"\"");
        }
        if (text.equals("\"\"")) {
            return Parsed.good(List.of());
        }
        List<String> all = Words.items(text).stream()
                .map(Words.Word::text)
                .filter(item -> !item.isEmpty())
                .toList();
        for (String each : all) {
            int at = each.lastIndexOf('@');
            boolean isFit = at > 0 && at < each.length() - 1 && each.chars().allMatch(c -> c > ' ' && c < 127);
            if (!isFit) {
                return Parsed.bad(Problems.quote(each) + " is no e-mail address", "write e.g. postmaster@example.com");
            }
        }
        return Parsed.good(all);
    }

    private static Parsed<List<String>> list(String text) {
        if (text.isEmpty()) {
            return missing("a list with commas");
        }
        return Parsed.good(Words.items(text).stream()
                .map(Words.Word::text)
                .filter(item -> !item.isEmpty())
                .toList());
    }

    private static Parsed<InetAddress> address(String text) {
        if (text.isEmpty()) {
            return missing("an IP address");
        }
        return Cidr.parseAddress(text)
                .map(Parsed::good)
                .orElseGet(() ->
                        Parsed.bad(Problems.quote(text) + " is not an IP address", "write one such as 192.0.2.1"));
    }

    private static Parsed<Cidr> cidr(String text) {
        if (text.isEmpty()) {
            return missing("an address or range");
        }
        return Cidr.parse(text)
                .map(Parsed::good)
                .orElseGet(() -> Parsed.bad(
                        Problems.quote(text) + " is not an address or range",
                        "write one such as 192.0.2.1 or 10.0.0.0/8"));
    }

    private static Parsed<CidrRate> cidrRate(String text, boolean isVolume) {
        return cidrAnd(text, rest -> rate(rest, isVolume), CidrRate::new, isVolume ? "10M/h" : "250/h");
    }

    private static Parsed<CidrCount> cidrCount(String text) {
        return cidrAnd(text, rest -> cap(rest, true), CidrCount::new, "10");
    }

    private static <S, T> Parsed<T> cidrAnd(
            String text,
            Function<String, Parsed<S>> second,
            java.util.function.BiFunction<Cidr, S, T> both,
            String example) {
        List<Words.Word> words = Words.split(text);
        if (words.size() < 2) {
            return missing("a range and what holds for it, such as 192.0.2.0/24 " + example);
        }
        Optional<Cidr> range = Cidr.parse(words.getFirst().text());
        if (range.isEmpty()) {
            return Parsed.bad(
                    words.getFirst(),
                    Problems.quote(words.getFirst().text()) + " is not an address or range",
                    "write one such as 192.0.2.0/24");
        }
        int from = words.get(1).offset();
        return switch (second.apply(text.substring(from).strip())) {
            case Parsed.Good<S>(S value) -> Parsed.good(both.apply(range.get(), value));
            case Parsed.Odd<S>(S value, String id, String what, String rule, String mend) ->
                new Parsed.Odd<>(both.apply(range.get(), value), id, what, rule, mend);
            case Parsed.Bad<S>(String what, String mend, int offset, int length) ->
                new Parsed.Bad<>(what, mend, from + offset, length);
        };
    }

    private static final int MOST_DAYS = 366;

    private static Parsed<List<Long>> dayCounts(String text) {
        if (text.isEmpty()) {
            return missing("a number a day such as 400/day");
        }
        List<Long> counts = new ArrayList<>();
        for (Words.Word item : Words.items(text)) {
            int slash = item.text().indexOf('/');
            String unit =
                    slash < 0 ? "" : item.text().substring(slash + 1).strip().toLowerCase(Locale.ROOT);
            long count = slash < 0 ? -1 : digits(item.text().substring(0, slash).strip());
            if (count < 0 || !unit.equals("d") && !unit.equals("day")) {
                return Parsed.bad(
                        item, Problems.quote(item.text()) + " is not a number a day", "write such as 400/day");
            }
            counts.add(count);
        }
        if (counts.size() > MOST_DAYS) {
            return Parsed.bad(
                    counts.size() + " days are listed", "list " + MOST_DAYS + " at most; the last number holds on");
        }
        return Parsed.good(List.copyOf(counts));
    }

    private static Parsed<Listener> listener(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty()) {
            return missing("an address and a port, such as 0.0.0.0:25");
        }
        String first = words.getFirst().text();
        int colon = first.lastIndexOf(':');
        Words.Word where = words.getFirst();
        if (colon < 0) {
            return Parsed.bad(where, Problems.quote(first) + " has no port", "write " + first + ":25");
        }
        String address = unbracketed(first.substring(0, colon));
        if (address.indexOf(':') >= 0 && first.charAt(0) != '[') {
            return Parsed.bad(where, "where the port begins is not clear", "write the address in brackets: [::1]:25");
        }
        Optional<Cidr> cidr = Cidr.parse(address);
        long port = digits(first.substring(colon + 1));
        if (cidr.isEmpty()) {
            return Parsed.bad(
                    where, Problems.quote(address) + " is not an address", "write one such as 0.0.0.0:25 or [::1]:25");
        }
        if (port < 0 || port > 65_535) {
            return Parsed.bad(where, Problems.quote(first.substring(colon + 1)) + " is not a port", "write 0 to 65535");
        }
        String source = "";
        for (Words.Word word : words.subList(1, words.size())) {
            if (!word.text().toLowerCase(Locale.ROOT).startsWith("source=")
                    || word.text().length() < 8) {
                return Parsed.bad(
                        word, Problems.quote(word.text()) + " does not belong here", "write source=NAME, or remove it");
            }
            source = word.text().substring(7).toLowerCase(Locale.ROOT);
        }
        return Parsed.good(new Listener(cidr.get(), (int) port, source));
    }

    private static String unbracketed(String text) {
        return text.length() > 1 && text.startsWith("[") && text.endsWith("]")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    private static final Pattern PLACEHOLDER =
            Pattern.compile("(?i)(?=.*x)[x0-9]{1,3}(\\.[x0-9]{1,3}){3}|<.*>|\\{\\{.*\\}\\}|.*YOUR.*IP.*|.*_IP_.*");

    private static Parsed<SourceHost> sourceHost(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty()) {
            return missing("an address and a host name, such as 192.0.2.1 mail.example.com");
        }
        if (words.size() > 2) {
            return Parsed.bad(words.get(2), "more than an address and a name", "write ADDRESS NAME, one host a line");
        }
        String first = unbracketed(words.getFirst().text());
        String second = words.size() > 1 ? words.get(1).text() : "";
        Optional<Cidr> address = Cidr.parse(first);
        if (address.isPresent()) {
            return Parsed.good(new SourceHost(address, second, text));
        }
        Optional<Cidr> reversed = Cidr.parse(unbracketed(second));
        if (reversed.isPresent()) {
            return new Parsed.Odd<>(
                    new SourceHost(reversed, first, text),
                    "reversed-source-host",
                    "the name stands before the address",
                    "the order is address, then name",
                    "write smtp-source-host " + second + " " + first);
        }
        if (PLACEHOLDER.matcher(first).matches()) {
            return new Parsed.Odd<>(
                    new SourceHost(Optional.empty(), second, text),
                    "placeholder-address",
                    Problems.quote(first) + " looks like a placeholder; mail of this virtual MTA waits",
                    "mail leaves only by addresses that are listed",
                    "write the address");
        }
        return Parsed.bad(
                words.getFirst(),
                Problems.quote(first) + " is not an address",
                "write ADDRESS NAME, such as 192.0.2.1 mail.example.com");
    }

    private static Parsed<Endpoint> nameServer(String text) {
        if (text.isEmpty()) {
            return missing("an IP address");
        }
        Optional<InetAddress> bare = Cidr.parseAddress(unbracketed(text));
        if (bare.isPresent()) {
            return Parsed.good(new Endpoint(bare.get(), 53));
        }
        int colon = text.lastIndexOf(':');
        Optional<InetAddress> address =
                colon < 0 ? Optional.empty() : Cidr.parseAddress(unbracketed(text.substring(0, colon)));
        long port = colon < 0 ? -1 : digits(text.substring(colon + 1));
        if (address.isEmpty() || port < 1 || port > 65_535) {
            return Parsed.bad(
                    Problems.quote(text) + " is not a name server",
                    "write an address such as 192.0.2.53 or 127.0.0.1:5353");
        }
        return Parsed.good(new Endpoint(address.get(), (int) port));
    }

    private static Parsed<FileAndPassword> fileAndPassword(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty()) {
            return missing("a path");
        }
        if (words.size() > 2) {
            return Parsed.bad(words.get(2), "more than a path and a password", "quote a path that holds blanks");
        }
        return Parsed.good(new FileAndPassword(
                words.getFirst().text(), words.size() > 1 ? words.get(1).text() : ""));
    }

    private static Parsed<HostList> hosts(String text) {
        if (text.isEmpty()) {
            return missing("a host");
        }
        String value = Words.whole(text);
        int shift = value.equals(text) ? 0 : 1;
        List<List<HostList.Host>> levels = new ArrayList<>();
        int from = 0;
        for (String level : value.split(";", -1)) {
            List<HostList.Host> hosts = new ArrayList<>();
            for (Words.Word item : Words.items(level)) {
                Words.Word where = new Words.Word(item.text(), from + shift + item.offset(), item.length());
                switch (host(where)) {
                    case Parsed.Good<HostList.Host>(HostList.Host host) -> hosts.add(host);
                    case Parsed.Odd<HostList.Host> odd -> hosts.add(odd.value());
                    case Parsed.Bad<HostList.Host>(String what, String mend, int offset, int length) -> {
                        return new Parsed.Bad<>(what, mend, offset, length);
                    }
                }
            }
            if (!hosts.isEmpty()) {
                levels.add(hosts);
            }
            from += level.length() + 1;
        }
        return Parsed.good(new HostList(levels));
    }

    private static Parsed<HostList.Host> host(Words.Word item) {
        String text = item.text();
        boolean isMx = text.toLowerCase(Locale.ROOT).startsWith("lookup-mx:");
        String rest = isMx ? text.substring("lookup-mx:".length()) : text;
        String place = rest;
        int port = 0;
        int bracket = rest.startsWith("[") ? rest.indexOf(']') : -1;
        int colon = bracket >= 0 ? rest.indexOf(':', bracket) : rest.lastIndexOf(':');
        boolean isBareIpv6 = bracket < 0 && rest.indexOf(':') >= 0 && rest.indexOf(':') != rest.lastIndexOf(':');
        if (colon >= 0 && !isBareIpv6) {
            long number = digits(rest.substring(colon + 1));
            if (number < 1 || number > 65_535) {
                return Parsed.bad(
                        item,
                        Problems.quote(rest.substring(colon + 1)) + " is not a port",
                        "write HOST:PORT with 1 to 65535");
            }
            port = (int) number;
            place = rest.substring(0, colon);
        }
        String bare = unbracketed(place);
        if (bare.toLowerCase(Locale.ROOT).startsWith("ipv6:")) {
            bare = bare.substring(5);
        }
        Optional<InetAddress> address = Cidr.parseAddress(bare);
        if (address.isPresent() && !isMx) {
            return Parsed.good(new HostList.Host.Literal(address.get(), port));
        }
        if (place.startsWith("[") || !isHostName(bare)) {
            return Parsed.bad(
                    item,
                    Problems.quote(text) + " is not a host",
                    "write a name, an address in brackets, or lookup-mx:DOMAIN; commas between hosts of one level");
        }
        String lower = bare.toLowerCase(Locale.ROOT);
        return Parsed.good(isMx ? new HostList.Host.MxOf(lower, port) : new HostList.Host.Named(lower, port));
    }

    /// Loose on purpose: underscores and U-labels occur; blanks, slashes and brackets are mistakes.
    static boolean isHostName(String text) {
        if (text.isEmpty() || text.length() > 253 || text.startsWith(".") || text.startsWith("-")) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ok = Character.isLetterOrDigit(c) || c == '-' || c == '.' || c == '_' || c == '{' || c == '}';
            if (!ok || c == '.' && i + 1 < text.length() && text.charAt(i + 1) == '.') {
                return false;
            }
        }
        return true;
    }

    private static Parsed<Macro> macro(String text) {
        int nameEnd = 0;
        while (nameEnd < text.length() && !Parser.isBlank(text.charAt(nameEnd))) {
            nameEnd++;
        }
        if (nameEnd == 0) {
            return missing("a name and a list of domains");
        }
        String name = text.substring(0, nameEnd);
        for (int i = 0; i < name.length(); i++) {
            if (!Macros.isNameCharacter(name.charAt(i))) {
                return new Parsed.Bad<>(
                        Problems.quote(name) + " is not the name of a macro",
                        "write letters, digits and underscores only",
                        0,
                        nameEnd);
            }
        }
        List<String> items = new ArrayList<>();
        String list = text.substring(nameEnd);
        for (Words.Word item : Words.items(list)) {
            if (item.text().isEmpty()) {
                continue;
            }
            if (item.text().indexOf(' ') >= 0 || item.text().indexOf('\t') >= 0) {
                return new Parsed.Bad<>(
                        Problems.quote(item.text()) + " holds a blank",
                        "put a comma between the domains",
                        nameEnd + item.offset(),
                        item.length());
            }
            items.add(item.text());
        }
        if (items.isEmpty()) {
            return Parsed.bad(
                    "the macro " + name + " has no domains",
                    "write domain-macro " + name + " example.com, example.net");
        }
        return Parsed.good(new Macro(name.toLowerCase(Locale.ROOT), List.copyOf(items)));
    }

    /// Types of records by either name, to the short one.
    static final Map<String, String> RECORD_NAMES = Map.ofEntries(
            Map.entry("d", "d"),
            Map.entry("delivery", "d"),
            Map.entry("b", "b"),
            Map.entry("bounce", "b"),
            Map.entry("t", "t"),
            Map.entry("transient", "t"),
            Map.entry("tq", "tq"),
            Map.entry("transient-queue", "tq"),
            Map.entry("r", "r"),
            Map.entry("receipt", "r"),
            Map.entry("received", "r"),
            Map.entry("rb", "rb"),
            Map.entry("remote-bounce", "rb"),
            Map.entry("rs", "rs"),
            Map.entry("remote-status", "rs"),
            Map.entry("f", "f"),
            Map.entry("feedback-loop", "f"),
            Map.entry("fbl", "f"));

    private static Parsed<Set<String>> records(String text) {
        Set<String> all = new LinkedHashSet<>();
        for (Words.Word item : Words.items(text)) {
            String record = RECORD_NAMES.get(item.text().toLowerCase(Locale.ROOT));
            if (record == null) {
                return Parsed.bad(
                        item,
                        Problems.quote(item.text()) + " is not a type of record",
                        "write d, b, t, tq, r, rb, rs or f");
            }
            all.add(record);
        }
        return all.isEmpty() ? missing("record types such as d,b") : Parsed.good(Set.copyOf(all));
    }

    private static Parsed<Reply> reply(String text) {
        int slash = text.isEmpty() || text.charAt(0) != '/' ? -1 : 0;
        int close = slash < 0 ? -1 : Regexes.closing(text, 0);
        if (close < 0) {
            return Parsed.bad("there is no /pattern/", "write reply /pattern/ action");
        }
        String regex = Regexes.ofReply(text.substring(1, close));
        String fault = Regexes.fault(regex);
        if (fault != null) {
            return new Parsed.Bad<>("the pattern cannot be read: " + fault, "mend the pattern", 0, close + 1);
        }
        List<Words.Word> actions = Words.items(text.substring(close + 1));
        if (actions.isEmpty()) {
            return new Parsed.Odd<>(
                    new Reply(regex, List.of()),
                    "reply-without-action",
                    "the pattern has no action and does nothing",
                    "a reply rule is /pattern/ and one or more actions",
                    "write an action such as mode=backoff, or remove the line");
        }
        return ReplyActions.parse(regex, close + 1, actions);
    }

    private static Parsed<Rollup> rollup(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty()) {
            return missing("a host and a queue, such as mx mx.example.com example.rollup");
        }
        Words.Word host = words.getFirst();
        Optional<DomainPattern> pattern = DomainPattern.parse(host.text());
        if (pattern.isEmpty()
                || pattern.get() instanceof DomainPattern.Literals
                || host.text().startsWith("{")) {
            return Parsed.bad(
                    host,
                    Problems.quote(host.text()) + " is not a host or a pattern of hosts",
                    "write a name, *.name or [*.]name");
        }
        if (words.size() < 2) {
            return Parsed.bad("the name of the queue is missing", "write mx " + host.text() + " NAME.rollup");
        }
        Words.Word queue = words.get(1);
        String name = queue.text().toLowerCase(Locale.ROOT);
        if (!name.endsWith(MxRollup.SUFFIX) || !isHostName(name)) {
            return Parsed.bad(
                    queue,
                    Problems.quote(queue.text()) + " does not end in " + MxRollup.SUFFIX,
                    "write a name such as example" + MxRollup.SUFFIX);
        }
        if (words.size() > 2 && !words.get(2).text().equalsIgnoreCase("rollup-by-ip")) {
            return Parsed.bad(
                    words.get(2),
                    Problems.quote(words.get(2).text()) + " does not belong here",
                    "write rollup-by-ip, or remove it");
        }
        if (words.size() > 3) {
            return Parsed.bad(words.get(3), "more than a host, a queue and rollup-by-ip", "write one host a line");
        }
        return Parsed.good(new Rollup(pattern.get().toString(), name, words.size() > 2));
    }

    @Override
    public String toString() {
        return expects;
    }

    /// Whether a text of unknown meaning reads like a limit: a number, a rate, a size.
    static boolean readsAsLimit(String text) {
        return digits(text) >= 0
                || bytes(text) >= 0
                || text.equalsIgnoreCase("unlimited")
                || text.indexOf('/') > 0 && rate(text, true) instanceof Parsed.Good<Rate>;
    }

    static @Nullable ValueType<?> known(String name) {
        return BY_NAME.get(name);
    }
}
