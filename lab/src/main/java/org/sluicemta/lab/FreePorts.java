package org.sluicemta.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Finds ports for servers that are about to start. They are below those that systems give to connections: one that is
/// free now is not taken by a connection a moment later.
public final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int LAST = 31_999;
    private static final int TRIED = 200;

    private FreePorts() {}

    /// A port of 127.0.0.1 on which nobody listens.
    ///
    /// @throws LabException when none is found
    public static int find() {
        return find("127.0.0.1");
    }

    /// @param address as text, one of this machine's
    public static int find(String address) {
        for (int i = 0; i < TRIED; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST + 1);
            try (var probe = new ServerSocket(port, 1, InetAddress.ofLiteral(address))) {
                return probe.getLocalPort();
            } catch (IOException taken) {
                // Another then.
            }
        }
        throw new LabException("no port of " + address + " from " + FIRST + " to " + LAST + " is free");
    }
}
