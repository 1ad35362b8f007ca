package org.sluicemta.deliver;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.smtp.ClientLogin;

/// The password of a log-in in the forms in which it travels, to be kept out of what people read. Immutable.
final class Secrets {
    static final Secrets NONE = new Secrets(List.of());

    private static final int SHORTEST = 4;
    private static final String HIDDEN = "(not shown)";

    /// Longest first, so that none is left of a longer one.
    private final List<String> forms;

    private Secrets(List<String> forms) {
        this.forms = forms;
    }

    static Secrets of(@Nullable ClientLogin login) {
        if (login == null || login.password().isEmpty()) {
            return NONE;
        }
        String password = login.password();
        String both = base64("\0" + login.user() + "\0" + password);
        // Replacing a shorter one would make texts unreadable and show what it is.
        return new Secrets(
                password.length() < SHORTEST
                        ? List.of(both, base64(password))
                        : List.of(both, base64(password), password));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// The text without them.
    String hidden(String text) {
        String left = text;
        for (String form : forms) {
            left = left.replace(form, HIDDEN);
        }
        return left;
    }

    /// Whether any stands in the bytes that remain.
    boolean areIn(ByteBuffer bytes) {
        if (forms.isEmpty()) {
            return false;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        String text = new String(copy, StandardCharsets.UTF_8);
        return forms.stream().anyMatch(text::contains);
    }
}
