package org.sluicemta.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands and parameters as they come from outside.
class WordsTest {
    private static Optional<List<String>> json(String text) {
        return Json.command(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aCommandIsAnArrayOfWords() {
        assertThat(json("{\"x\":{\"y\":[1]},\"command\":[\"pause\",\"queue\",\"a b/*\"]}"))
                .contains(List.of("pause", "queue", "a b/*"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"command\":\"pause\"}",
                "{\"command\":[1]}",
                "{\"command\":[\"a\"",
                "{\"command\":[]}",
                "{\"command\":[\"a\"],\"command\":[\"b\"]}",
                "{\"command\":[[[[[[\"a\"]]]]]]}",
                "nonsense"
            })
    void anythingElseIsNone(String text) {
        assertThat(json(text)).isEmpty();
    }

    @Test
    void aCommandHasAtMostSixtyFourWords() {
        String words = "\"a\",".repeat(64) + "\"b\"";

        assertThat(json("{\"command\":[" + words + "]}")).isEmpty();
        assertThat(CommandLine.words("a ".repeat(65))).isEmpty();
    }

    @Test
    void quotesHoldWordsTogether() {
        assertThat(CommandLine.words("  show  \"a b\"/c \"\" ")).contains(List.of("show", "a b/c", ""));
        assertThat(CommandLine.words("show \"a b")).isEmpty();
        assertThat(CommandLine.words(" ")).isEmpty();
    }

    @Test
    void theFirstOfAParameterCountsAndBrokenOnesAreLeftOut() {
        Map<String, String> found = new HashMap<>();

        Parameters.read("a=1&a=2&b=%41+%26&c=%zz&=x&d", found);

        assertThat(found).containsExactlyInAnyOrderEntriesOf(Map.of("a", "1", "b", "A &", "", "x", "d", ""));
    }

    @Test
    void whatComesFromOutsideIsEscapedInPages() {
        assertThat(Page.of("<t>", List.of("<script>\u0001\"'&"), ""))
                .contains("&lt;script&gt; &quot;&#39;&amp;")
                .contains("<title>&lt;t&gt;")
                .doesNotContain("<script>");
    }
}
