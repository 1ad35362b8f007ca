package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ControlSocketTest {
    private static ControlSocket.Reply parse(String text) throws IOException {
        return ControlSocket.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anAnswerIsAHeadAndTwoTexts() throws IOException {
        ControlSocket.Reply reply = parse("1 4 5\nouterrör");

        assertThat(reply).isEqualTo(new ControlSocket.Reply(1, "oute", "rrör"));
        assertThatThrownBy(reply::done).isInstanceOf(LabException.class).hasMessageContaining("rrör");
    }

    @Test
    void aCutAnswerIsAnError() {
        assertThatThrownBy(() -> parse("")).hasMessageContaining("before it answered");
        assertThatThrownBy(() -> parse("0 5")).hasMessageContaining("before it answered");
        assertThatThrownBy(() -> parse("0 5 0\nabc")).hasMessageContaining("incomplete");
        assertThatThrownBy(() -> parse("220 mx ESMTP\n")).hasMessageContaining("no length");
    }

    @Test
    void repeatedElementsAreRows() throws IOException {
        String out = """
                title="x"
                queue[0].name="a/b"
                queue[0].event[0].text="say "no""
                queue[1].name="c/d"
                totalRcp="3"
                """;
        ControlSocket.Reply reply = new ControlSocket.Reply(0, out, "");

        assertThat(reply.rows("queue")).hasSize(2);
        assertThat(reply.rows("queue").getFirst())
                .containsEntry("name", "a/b")
                .containsEntry("event[0].text", "say \"no\"");
        assertThat(reply.rows("msg")).isEmpty();
    }
}
