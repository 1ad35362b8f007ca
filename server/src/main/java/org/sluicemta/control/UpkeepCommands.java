package org.sluicemta.control;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.sluicemta.world.Loop;

/// What operators do to the server's own counters, files and memory.
final class UpkeepCommands implements Command.Group {
    /// Of a key for SipHash. Source: J.-P. Aumasson, D. J. Bernstein, "SipHash", 2012.
    private static final int SIPHASH_KEY_BYTES = 16;

    /// A name of DNS has 255 octets at most. Source: RFC 1035 section 2.3.4.
    private static final int LONGEST_NAME = 255;

    /// Remarks on a configuration that are told.
    private static final int MOST_NOTES = 30;

    private final Loop loop;
    private final Upkeep upkeep;

    UpkeepCommands(Loop loop, Upkeep upkeep) {
        this.loop = loop;
        this.upkeep = upkeep;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.of(
                        "reset count|ers",
                        "",
                        "traffic is counted from 0 again",
                        List.of(),
                        asked -> upkeep.resetCounters(loop, false, () -> asked.message("Traffic counters reset."))),
                Command.of(
                        "reset stat|us",
                        "",
                        "the same, and the peaks of connections",
                        List.of(),
                        asked -> upkeep.resetCounters(loop, true, () -> asked.message("Traffic counters reset."))),
                Command.of(
                        "rotate acc|t",
                        "[FILE]",
                        "finishes the accounting files, or one of them",
                        List.of(),
                        asked -> upkeep.rotateAccounting(
                                loop, asked.argument(0), why -> done(asked, why, "Accounting file rotated."))),
                Command.of(
                        "rotate log",
                        "",
                        "begins a new log file",
                        List.of(),
                        asked -> upkeep.rotateLog(loop, why -> done(asked, why, "Logging file rotated."))),
                Command.of("test conf|ig", "", "checks what reload would load", List.of(), this::test),
                Command.of(
                        "clear dns|cache",
                        "DOMAIN | *",
                        "what is known of a name is asked anew",
                        List.of(),
                        this::clearDns),
                Command.of(
                        "digest",
                        "--hmac-sha256|--siphash --key=TEXT|--hexkey=DIGITS STRING",
                        "as privacy-policy writes it",
                        List.of("hmac-sha256", "siphash", "key", "hexkey"),
                        this::digest));
    }

    private static void done(Asked asked, String why, String said) {
        if (why.isEmpty()) {
            asked.message(said);
        } else {
            asked.fail(why);
        }
    }

    private void test(Asked asked) {
        upkeep.testConfiguration(loop, tested -> {
            if (!tested.failure().isEmpty()) {
                asked.fail(tested.failure());
                return;
            }
            var text = new StringBuilder("The configuration has no errors; reload would load it.");
            tested.notes().stream()
                    .limit(MOST_NOTES)
                    .forEach(note -> text.append('\n').append(note));
            if (tested.notes().size() > MOST_NOTES) {
                text.append("\n... and ")
                        .append(tested.notes().size() - MOST_NOTES)
                        .append(" more; sluice check tells them all");
            }
            asked.message(text.toString());
        });
    }

    private void clearDns(Asked asked) {
        String name = asked.need(0);
        boolean isName = name.length() <= LONGEST_NAME
                && name.chars().allMatch(c -> c > ' ' && c < 127 && c != '*' && c != '"' && c != '<' && c != '>');
        if (!name.equals("*") && !isName) {
            throw asked.wrong("that is no name of a domain");
        }
        upkeep.clearDns(
                loop,
                name,
                () -> asked.message(name.equals("*") ? "DNS cache cleared." : "Cleared " + name + " from DNS cache."));
    }

    private void digest(Asked asked) {
        String text = asked.need(0);
        boolean isSip = asked.has("siphash");
        if (isSip && asked.has("hmac-sha256")) {
            throw asked.wrong("write --hmac-sha256 or --siphash, not both");
        }
        byte[] key = key(asked);
        if (isSip && key.length > SIPHASH_KEY_BYTES) {
            throw asked.wrong(
                    "a key of --siphash has " + SIPHASH_KEY_BYTES + " bytes at most, and this has " + key.length);
        }
        if (!isSip && key.length == 0) {
            throw asked.wrong("--hmac-sha256 needs a key");
        }
        String result = upkeep.digest(isSip ? Upkeep.Digest.SIPHASH : Upkeep.Digest.HMAC_SHA256, key, text);
        asked.reply(new Answered().text("result", result), "Result: " + result + "\n");
    }

    private static byte[] key(Asked asked) {
        if (asked.has("key") && asked.has("hexkey")) {
            throw asked.wrong("write --key or --hexkey, not both");
        }
        if (!asked.has("hexkey")) {
            return asked.option("key", "").getBytes(StandardCharsets.UTF_8);
        }
        try {
            return HexFormat.of().parseHex(asked.option("hexkey", ""));
        } catch (IllegalArgumentException e) {
            throw asked.wrong("--hexkey is not hexadecimal; write two digits a byte");
        }
    }
}
