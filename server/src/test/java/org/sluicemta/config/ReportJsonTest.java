package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReportJsonTest {
    @Test
    void everyFindingIsAnObjectAndTheLastOneSumsUp() {
        String json = ReportJson.of(
                MemoryFiles.check("smtp-listener 127.0.0.1:25\n<domain *>\n\tretry-after \"soon\"\n</domain>"));

        assertThat(json).isEqualTo("""
                [
                  {"id":"bad-value","severity":"error","file":"/etc/sluice/config","line":3,"column":14,"length":6,\
                "source":"\\tretry-after \\"soon\\"","text":"retry-after: \\"soon\\" is not a time",\
                "rule":"retry-after takes 1 to 30 times such as 5m,10m,1h",\
                "mend":"write numbers with w, d, h, m or s, such as 10m or 4d12h"},
                  {"summary":{"errors":1,"warnings":0,"notes":0,"dropped":0,"unprotected":[]}}
                ]
                """);
    }

    @Test
    void whatCouldBreakAReaderIsEscaped() {
        String json = ReportJson.of(MemoryFiles.check("x\u0001\\\u2028\ud83d y"));

        assertThat(json).contains("x\\u0001\\\\\\u2028");
        assertThat(json.chars().filter(c -> c != '\n' && Problems.isUnprintable((char) c)))
                .isEmpty();
    }
}
