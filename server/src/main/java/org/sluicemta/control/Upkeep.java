package org.sluicemta.control;

import java.util.List;
import java.util.function.Consumer;
import org.sluicemta.world.Loop;

/// What operators do to the server's own counters, files and memory. Implemented by `app`; every answer comes as a turn
/// of `home`, the loop of the connection that asked. Nothing blocks.
public interface Upkeep {
    /// Traffic is counted from 0 again, its peaks too.
    ///
    /// @param withConnections the peaks of connections too
    void resetCounters(Loop home, boolean withConnections, Runnable done);

    /// Present accounting files are finished, and moved where that is configured; the next row begins a new one.
    ///
    /// @param file as in the configuration, or only its last part; empty for all
    /// @param answer hears why not; empty when it is done
    void rotateAccounting(Loop home, String file, Consumer<String> answer);

    /// @param answer hears why not; empty when it is done
    void rotateLog(Loop home, Consumer<String> answer);

    /// Reads and checks what a reload would adopt, and adopts nothing.
    void testConfiguration(Loop home, Consumer<Tested> answer);

    /// @param name of which everything is forgotten; `*` for all names
    void clearDns(Loop home, String name, Runnable done);

    /// What a key makes of a text, as a person compares it with an accounting file.
    ///
    /// @param key of `siphash` 16 bytes at most, of `hmac-sha256` 1 or more
    /// @return upper-case hexadecimal digits
    String digest(Digest kind, byte[] key, String text);

    /// Ways to make one.
    enum Digest {
        HMAC_SHA256,
        SIPHASH
    }

    /// @param failure empty where a reload would be done
    /// @param notes what else a person should know
    record Tested(String failure, List<String> notes) {
        public Tested {
            notes = List.copyOf(notes);
        }
    }
}
