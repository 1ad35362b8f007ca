package org.sluicemta.sign;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Checks signatures as a receiver does. Source: RFC 6376 section 6.
final class Verifier {
    private static final byte[] ED25519_PREFIX = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
    };

    private Verifier() {}

    static PublicKey key(String record) throws Exception {
        Map<String, String> tags = tags(record);
        byte[] key = Base64.getDecoder().decode(tags.get("p"));
        if (tags.get("k").equals("rsa")) {
            return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(key));
        }
        byte[] der = Arrays.copyOf(ED25519_PREFIX, ED25519_PREFIX.length + key.length);
        System.arraycopy(key, 0, der, ED25519_PREFIX.length, key.length);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
    }

    static Map<String, String> tags(String value) {
        var tags = new HashMap<String, String>();
        for (String tag : value.split(";")) {
            int equals = tag.indexOf('=');
            if (equals > 0) {
                tags.put(
                        tag.substring(0, equals).strip(),
                        tag.substring(equals + 1).strip());
            }
        }
        return tags;
    }

    /// @param index of the signature among those of the message, from the top
    /// @return empty if it holds, else what does not
    static String verify(String message, int index, PublicKey key) throws Exception {
        int end = message.indexOf("\r\n\r\n");
        byte[] header = message.substring(0, end + 2).getBytes(StandardCharsets.ISO_8859_1);
        byte[] body = message.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
        List<HeaderField> fields = HeaderField.all(header);
        HeaderField own = fields.stream()
                .filter(field -> field.name().equals("dkim-signature"))
                .toList()
                .get(index);
        Map<String, String> tags = tags(own.value());
        String[] forms = tags.get("c").split("/");
        Canonicalization headers = Canonicalization.valueOf(forms[0].toUpperCase(Locale.ROOT));
        var bodyForm = Canonicalization.valueOf(forms[1].toUpperCase(Locale.ROOT));
        byte[] hash = new BodyHash(bodyForm).update(ByteBuffer.wrap(body)).digest();
        if (!Base64.getEncoder().encodeToString(hash).equals(tags.get("bh").replaceAll("\\s", ""))) {
            return "body";
        }
        List<String> names = Arrays.stream(tags.get("h").split(":"))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .toList();
        String text = new String(own.text(), own.from(), own.length() - 2, StandardCharsets.ISO_8859_1);
        int b = text.lastIndexOf("b=");
        assertThat(text.charAt(b - 1)).isIn(' ', '\t');
        byte[] signed = Signer.hashed(
                listed(fields, names), text.substring(0, b + 2).getBytes(StandardCharsets.ISO_8859_1), headers);
        boolean isRsa = tags.get("a").equals("rsa-sha256");
        Signature check = Signature.getInstance(isRsa ? "SHA256withRSA" : "Ed25519");
        check.initVerify(key);
        check.update(isRsa ? signed : Signer.sha256(signed));
        return check.verify(Base64.getDecoder().decode(tags.get("b").replaceAll("\\s", ""))) ? "" : "signature";
    }

    /// The fields that `h=` of a signature stands for. Source: RFC 6376 section 5.4.2.
    private static List<HeaderField> listed(List<HeaderField> fields, List<String> names) {
        Map<String, Integer> next = new HashMap<>();
        var listed = new ArrayList<HeaderField>();
        for (String name : names) {
            int from = next.getOrDefault(name, fields.size() - 1);
            int i = from;
            while (i >= 0 && !fields.get(i).name().equals(name)) {
                i--;
            }
            if (i >= 0) {
                listed.add(fields.get(i));
            }
            next.put(name, i - 1);
        }
        return listed;
    }
}
