package org.sluicemta.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the value of `config-source`, and shows it without its secrets.
final class ConfigSourceReader {
    static final String EXPECTS = "git:ADDRESS or https://HOST/PATH, then branch=, path=, every=, max-removed=";
    private static final String MEND = "write e.g. git:https://host/repo.git branch=main path=config every=5m";
    private static final Duration SHORTEST = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final long MOST_REMOVED = 10_000;

    /// No helper of git that runs commands (`ext::`), nothing that git could take for an option.
    private static final Pattern GIT_ADDRESS =
            Pattern.compile("(https?|ssh|git|file)://[^\\s]+|/[^\\s]*|[A-Za-z0-9._]+@[A-Za-z0-9.-]+:[^\\s]+");

    private static final Pattern BRANCH = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}");

    /// What stands before a secret: `auth-password` and the like, a key of an interface, the method of a privacy
    /// policy, the file of a certificate whose key has a password.
    private static final Pattern SECRET = Pattern.compile(
            "^\\s*(?:[a-z-]*password\\s+|[a-z-]*(?:api-key|access-token|secret)\\s+|privacy-policy\\s+\\S+\\s+"
                    + "|[a-z.-]*certificate\\s+(?:\"[^\"]*\"|\\S+)\\s+)(?=\\S)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern USER = Pattern.compile("(?<=://)[^/\\s@]+(?=@)");
    private static final Pattern QUERY = Pattern.compile("(?<=\\?)\\S+");

    private ConfigSourceReader() {}

    static Parsed<ConfigSource> read(String text) {
        List<Words.Word> words = Words.split(text);
        if (words.isEmpty()) {
            return Parsed.bad("the value is missing", MEND);
        }
        String address = words.getFirst().text();
        boolean isGit = address.startsWith("git:");
        String branch = "";
        String path = ConfigSource.DEFAULT_PATH;
        Duration every = ConfigSource.DEFAULT_EVERY;
        int maxRemoved = ConfigSource.DEFAULT_MAX_REMOVED;
        Set<String> seen = new HashSet<>();
        for (Words.Word word : words.subList(1, words.size())) {
            int equals = word.text().indexOf('=');
            String name = equals < 0 ? word.text() : word.text().substring(0, equals);
            String value = equals < 0 ? "" : word.text().substring(equals + 1);
            if (!seen.add(name)) {
                return Parsed.bad(word, name + " stands twice", "write it once");
            }
            switch (name) {
                case "every" -> {
                    if (!(ValueType.DURATION.parse(value) instanceof Parsed.Good<Duration>(Duration time))
                            || time.compareTo(SHORTEST) < 0
                            || time.compareTo(LONGEST) > 0) {
                        return Parsed.bad(word, "every is no time from 10s to 1d", "write e.g. every=5m");
                    }
                    every = time;
                }
                case "max-removed" -> {
                    if (!(ValueType.COUNT.parse(value) instanceof Parsed.Good<Long>(Long count))
                            || count > MOST_REMOVED) {
                        return Parsed.bad(word, "max-removed is no number up to 10000", "write e.g. max-removed=3");
                    }
                    maxRemoved = count.intValue();
                }
                case "branch" -> {
                    if (!isGit || !BRANCH.matcher(value).matches() || value.contains("..")) {
                        return Parsed.bad(word, "branch is no branch of a git repository", "write e.g. branch=main");
                    }
                    branch = value;
                }
                case "path" -> {
                    if (!isGit || !isInside(value)) {
                        return Parsed.bad(
                                word,
                                "path is no path inside a git repository",
                                "write the path of the main file from the repository's top, e.g. path=mta/config");
                    }
                    path = value;
                }
                default -> {
                    return Parsed.bad(
                            word,
                            "there is no such option of config-source",
                            "there are: branch=, path=, every=, max-removed=");
                }
            }
        }
        if (isGit) {
            return git(words.getFirst(), branch, path, every, maxRemoved);
        }
        return document(words.getFirst(), every, maxRemoved);
    }

    private static Parsed<ConfigSource> git(
            Words.Word word, String branch, String path, Duration every, int maxRemoved) {
        String address = word.text().substring("git:".length());
        if (!GIT_ADDRESS.matcher(address).matches()) {
            return Parsed.bad(
                    word,
                    "after git: stands no address of a repository",
                    "write git:https://HOST/PATH, git:ssh://HOST/PATH, git:USER@HOST:PATH or git:/FOLDER");
        }
        var source = new ConfigSource.Git(address, branch, path, every, maxRemoved);
        return address.startsWith("http://") || address.startsWith("git://")
                ? unprotected(source)
                : Parsed.good(source);
    }

    private static Parsed<ConfigSource> document(Words.Word word, Duration every, int maxRemoved) {
        URI address;
        try {
            address = new URI(word.text());
        } catch (URISyntaxException broken) {
            return Parsed.bad(word, "this is no address", MEND);
        }
        boolean isPlain = "http".equals(address.getScheme());
        if (address.getHost() == null || !isPlain && !"https".equals(address.getScheme())) {
            return Parsed.bad(word, "this is neither git:ADDRESS nor https://HOST/PATH", MEND);
        }
        var source = new ConfigSource.Document(address, every, maxRemoved);
        return isPlain ? unprotected(source) : Parsed.good(source);
    }

    private static Parsed<ConfigSource> unprotected(ConfigSource source) {
        return new Parsed.Odd<>(
                source,
                "unprotected-source",
                "the configuration is pulled from " + source.shown() + " without protection",
                "whoever can change it on its way decides where your mail goes",
                "use https or ssh");
    }

    /// A plain relative path that stays inside.
    static boolean isInside(String path) {
        if (path.isEmpty() || path.startsWith("/") || path.endsWith("/") || path.indexOf('\0') >= 0) {
            return false;
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return false;
            }
        }
        return true;
    }

    static String options(ConfigSource source) {
        return " every=" + ValueType.spell(source.every()) + " max-removed=" + source.maxRemoved();
    }

    /// What stands between `://` and `@`, in the authority; empty for none.
    static String userOf(String address) {
        int from = address.indexOf("://");
        if (from < 0) {
            return "";
        }
        int end = address.indexOf('/', from + 3);
        String authority = address.substring(from + 3, end < 0 ? address.length() : end);
        int at = authority.lastIndexOf('@');
        return at < 0 ? "" : authority.substring(0, at);
    }

    /// A line of a file with the users of its addresses masked, a password, and in a config-source the query too.
    /// Its columns stay.
    static String masked(String line) {
        Matcher secret = SECRET.matcher(line);
        if (secret.find()) {
            return secret.group() + "*".repeat(line.length() - secret.end());
        }
        String shown =
                USER.matcher(line).replaceAll(found -> "*".repeat(found.group().length()));
        return line.stripLeading().regionMatches(true, 0, "config-source", 0, 13)
                ? QUERY.matcher(shown)
                        .replaceAll(found -> "*".repeat(found.group().length()))
                : shown;
    }

    static String withoutSecrets(String address) {
        String user = userOf(address);
        String plain = user.isEmpty() ? address : address.replace("://" + user + "@", "://");
        int query = plain.indexOf('?');
        return query < 0 || !plain.contains("://") ? plain : plain.substring(0, query) + "?...";
    }
}
