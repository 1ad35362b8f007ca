package org.sluicemta.lab;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// The figures that a server tells collectors, at one moment: by name with its labels as they are written, e.g.
/// `sluice_journal_syncs_total{stream="content"}`.
record ServerMetrics(Map<String, Double> values) {
    private static final int PATIENCE_MS = 10_000;

    ServerMetrics {
        values = Map.copyOf(values);
    }

    /// Whether anybody listens on `port` of 127.0.0.1: a server opens that port a little after its socket for commands.
    static boolean isThere(int port) {
        try (var probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
        } catch (IOException notYet) {
            return false; // asked again until the bound
        }
    }

    /// Blocks. The server's figures are up to a second old when somebody else has just asked.
    ///
    /// @param port of 127.0.0.1, where plain HTTP is answered
    static ServerMetrics ask(int port) throws IOException {
        var connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MS);
        connection.setReadTimeout(PATIENCE_MS);
        try (InputStream in = connection.getInputStream()) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            connection.disconnect();
        }
    }

    static ServerMetrics parse(String text) {
        var values = new HashMap<String, Double>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int blank = line.lastIndexOf(' ');
            if (blank > 0) {
                values.put(line.substring(0, blank), Double.valueOf(line.substring(blank + 1)));
            }
        });
        return new ServerMetrics(values);
    }

    /// @throws LabException when the server does not tell it
    double value(String name) {
        Double found = values.get(name);
        if (found == null) {
            throw new LabException("the server's metrics have no " + name + "; is it as new as this tool?");
        }
        return found;
    }

    /// The growth of a figure, both streams of the journal together.
    static double grown(ServerMetrics from, ServerMetrics to, String streamed) {
        double sum = 0;
        for (String stream : new String[] {"content", "events"}) {
            String name = streamed + "{stream=\"" + stream + "\"}";
            sum += to.value(name) - from.value(name);
        }
        return sum;
    }
}
