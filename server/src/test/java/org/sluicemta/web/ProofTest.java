package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProofTest {
    private static final byte[] BODY = "Hello, World!".getBytes(StandardCharsets.UTF_8);
    private static final String SECRET = "It's a Secret to Everybody";
    /// The example in the documentation of a git host.
    private static final String SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    @Test
    void aSignatureIsThatOfTheWholeBodyWithTheSecret() {
        assertThat(Proof.isSigned(SIGNATURE, BODY, SECRET)).isTrue();
        assertThat(Proof.isSigned(SIGNATURE, BODY, "another")).isFalse();
        assertThat(Proof.isSigned(SIGNATURE, "Hello, World".getBytes(StandardCharsets.UTF_8), SECRET))
                .isFalse();
        assertThat(Proof.isSigned(SIGNATURE.substring(7), BODY, SECRET)).isFalse();
        assertThat(Proof.isSigned("sha256=", BODY, SECRET)).isFalse();
    }

    @Test
    void oneOfSeveralKeysIsEnough() {
        assertThat(Proof.isOneOf("b", List.of("a", "b"))).isTrue();
        assertThat(Proof.isOneOf("c", List.of("a", "b"))).isFalse();
        assertThat(Proof.isOneOf("", List.of())).isFalse();
    }
}
