package org.sluicemta.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeaderEditTest {
    private static String edited(HeaderEdit edit, String header) {
        return new String(edit.apply(header.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    @Test
    void wholeFieldsGoInAnyCaseWithTheirFoldedLines() {
        var edit = new HeaderEdit(List.of("x-a", "subject"), "");

        assertThat(edited(edit, "From: a\r\nX-A : 1\r\n\t2\r\nSUBJECT: s\r\nX-Ab: c\r\n\r\n"))
                .isEqualTo("From: a\r\nX-Ab: c\r\n\r\n");
    }

    @Test
    void theEmptyLineStaysEvenAlone() {
        assertThat(edited(new HeaderEdit(List.of("a"), ""), "A: 1\r\n\r\n")).isEqualTo("\r\n");
        assertThat(edited(new HeaderEdit(List.of("a"), ""), "A: 1\r\n")).isEmpty();
    }

    @Test
    void theVirtualMtaIsNamedInFront() {
        assertThat(edited(new HeaderEdit(List.of(), "m1"), "A: 1\r\n\r\n"))
                .isEqualTo("x-virtual-mta: m1\r\nA: 1\r\n\r\n");
    }

    @Test
    void nothingIsOneValue() {
        assertThat(HeaderEdit.of(List.of(), "")).isSameAs(HeaderEdit.NONE);
        assertThat(HeaderEdit.NONE.isNothing()).isTrue();
    }
}
