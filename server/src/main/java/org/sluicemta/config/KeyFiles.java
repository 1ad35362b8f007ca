package org.sluicemta.config;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sluicemta.sign.DomainKey;
import org.sluicemta.sign.SignException;

/// The keys of the lines `domain-key`, read from their files.
///
/// @param keys by file as written
/// @param faults why keys could not be read, one line each with its place; only of keys that are needed: where nothing
///     is signed anywhere, there are none
/// @param warnings what should be mended, one line each with its place
public record KeyFiles(Map<String, DomainKey> keys, List<String> faults, List<String> warnings) {
    /// No key was read.
    public static final KeyFiles NONE = new KeyFiles(Map.of(), List.of(), List.of());

    /// Reads a file whole; rooms do no I/O, `app` brings the real one.
    public interface Reader {
        String read(String path) throws IOException;
    }

    public KeyFiles {
        keys = Map.copyOf(keys);
        faults = List.copyOf(faults);
        warnings = List.copyOf(warnings);
    }

    /// Whether the configuration names any key.
    public static boolean areNamed(Configuration configuration) {
        return !all(configuration).isEmpty();
    }

    private static List<Located> all(Configuration configuration) {
        var lines = new ArrayList<Located>(lines(configuration.parts().global()));
        configuration.pools().values().forEach(each -> lines.addAll(lines(each.own())));
        configuration.virtualMtas().values().forEach(each -> lines.addAll(lines(each.own())));
        return lines;
    }

    /// Blocks as the reader does.
    public static KeyFiles read(Configuration configuration, Reader files) {
        List<Located> lines = all(configuration);
        var keys = new LinkedHashMap<String, DomainKey>();
        var faults = new LinkedHashMap<String, String>();
        var warnings = new ArrayList<String>();
        for (Located line : lines) {
            switch (SigningValues.key(line.value())) {
                case Parsed.Good<SigningValues.KeyLine>(var key) -> {
                    if (!key.isInVault() && !keys.containsKey(key.file()) && !faults.containsKey(key.file())) {
                        read(line.place(), key.file(), files, keys, faults, warnings);
                    }
                }
                case Parsed.Odd<SigningValues.KeyLine> _ -> throw new IllegalStateException("no key line is odd");
                case Parsed.Bad<SigningValues.KeyLine>(var what, var mend, var _, var _) ->
                    faults.put(line.value(), line.place().brief() + ": no key: " + what + "; " + mend);
            }
        }
        boolean isNeeded = signs(configuration);
        if (!isNeeded) {
            warnings.addAll(faults.values());
        }
        return new KeyFiles(keys, isNeeded ? List.copyOf(faults.values()) : List.of(), warnings);
    }

    private static void read(
            Place place,
            String file,
            Reader files,
            Map<String, DomainKey> keys,
            Map<String, String> faults,
            List<String> warnings) {
        String where = place.brief() + ": the key in " + file + " ";
        try {
            DomainKey read = DomainKey.parse(files.read(file));
            keys.put(file, read);
            if (read.algorithm() == DomainKey.Algorithm.RSA_SHA256 && read.bits() < DomainKey.GOOD_BITS) {
                warnings.add(where + "has " + read.bits() + " bits; make one of " + DomainKey.GOOD_BITS
                        + " (sluice dkim new)");
            }
        } catch (IOException | SignException e) {
            faults.put(file, where + "cannot be used: " + e.getMessage());
        }
    }

    private static boolean signs(Configuration configuration) {
        return DomainBlocks.of(configuration).stream().anyMatch(each -> {
            SettingsBlock.Assigned first = each.block().get(Directives.DKIM_SIGN);
            SettingsBlock.Assigned second = each.block().get(Directives.SECOND_DKIM_SIGN);
            return first != null && first.value() == Directives.DkimSign.YES
                    || second != null && Boolean.TRUE.equals(second.value());
        });
    }

    /// The lines of one block, macros expanded.
    static List<Located> lines(SettingsBlock block) {
        SettingsBlock.Assigned lines = block.unbuilt().get("domain-key");
        var all = new ArrayList<Located>();
        if (lines != null && lines.value() instanceof List<?> list) {
            for (Object each : list) {
                if (each instanceof Located line) {
                    all.add(line);
                }
            }
        }
        return all;
    }
}
