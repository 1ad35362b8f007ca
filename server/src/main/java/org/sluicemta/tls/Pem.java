package org.sluicemta.tls;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// The blocks of a PEM text. Source: RFC 7468.
///
/// @param label e.g. `CERTIFICATE`
/// @param hasHeaders whether lines such as `Proc-Type: 4,ENCRYPTED` stand before the data
record Pem(String label, byte[] der, boolean hasHeaders) {
    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";

    /// @param most blocks; more are refused
    static List<Pem> blocks(byte[] text, int most) {
        var blocks = new ArrayList<Pem>();
        String[] lines = new String(text, StandardCharsets.ISO_8859_1).split("\\R");
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].strip();
            if (!line.startsWith(BEGIN) || !line.endsWith(DASHES) || line.length() <= BEGIN.length() + 5) {
                continue;
            }
            String label = line.substring(BEGIN.length(), line.length() - DASHES.length());
            var base64 = new StringBuilder();
            boolean hasHeaders = false;
            String end = "-----END " + label + DASHES;
            for (i++; i < lines.length && !lines[i].strip().equals(end); i++) {
                hasHeaders |= lines[i].indexOf(':') >= 0;
                base64.append(lines[i].strip());
            }
            if (i == lines.length) {
                throw new TlsException("the block BEGIN " + label + " has no line '" + end + "'");
            }
            blocks.add(new Pem(label, hasHeaders ? new byte[0] : decoded(label, base64.toString()), hasHeaders));
            if (blocks.size() > most) {
                throw new TlsException("there are more than " + most + " PEM blocks");
            }
        }
        return blocks;
    }

    private static byte[] decoded(String label, String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException wrong) {
            throw new TlsException("the block BEGIN " + label + " is no base64: " + wrong.getMessage());
        }
    }

    static byte[] encode(String label, byte[] der) {
        var out = new ByteArrayOutputStream();
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(der);
        out.writeBytes((BEGIN + label + DASHES + "\n").getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(body);
        out.writeBytes(("\n-----END " + label + DASHES + "\n").getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }
}
