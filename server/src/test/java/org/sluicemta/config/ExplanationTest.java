package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationTest {
    private static final String TEXT = """
            domain-macro google gmail.com, googlemail.com
            <domain *>
                max-smtp-out 10
                backoff-max-msg-rate 5/m
            </domain>
            <domain $google>
                max-smtp-out 8
                auth-password secret
            </domain>
            <virtual-mta-pool p>
                virtual-mta a
                max-smtp-out 100
                <domain gmail.com>
                    max-smtp-out 6
                </domain>
            </virtual-mta-pool>
            <virtual-mta a>
                smtp-source-host 127.0.0.2 a.example
                max-msg-rate 200/h
                <domain *>
                    max-smtp-out 4
                    queue-to all.queue
                </domain>
            </virtual-mta>
            """;

    private static Explanation explain(String queue, String name) {
        Explanation.Answer answer = Explanation.of(MemoryFiles.load(TEXT), queue, name);
        assertThat(answer).isInstanceOf(Explanation.Answer.Explains.class);
        return ((Explanation.Answer.Explains) answer).explanation();
    }

    private static List<String> chain(Explanation.Explained setting) {
        return setting.chain().stream()
                .map(each -> each.value() + " " + each.line() + " " + each.scope())
                .toList();
    }

    @Test
    void theWholeChainIsToldFromTheEffectiveValueToTheDefault() {
        assertThat(chain(explain("GMail.com/A", "max-smtp-out").domain().getFirst()))
                .containsExactly(
                        "4 21 <domain *> in <virtual-mta a>",
                        "6 14 <domain gmail.com> in <virtual-mta-pool p>",
                        "8 7 <domain $google>",
                        "10 3 <domain *>",
                        "20 0 ");
        assertThat(chain(explain("GMail.com/A", "max-smtp-out").virtualMta().getFirst()))
                .containsExactly("100 12 <virtual-mta-pool p>", "unlimited 0 ");
    }

    @Test
    void aQueueOfTheDefaultVirtualMtaHasWhatIsGlobal() {
        assertThat(chain(explain("gmail.com", "max-smtp-out").domain().getFirst()))
                .containsExactly("8 7 <domain $google>", "10 3 <domain *>", "20 0 ");
    }

    @Test
    void everyDirectiveOfBothLevelsIsThereOnceUnderItsReferenceName() {
        Explanation all = explain("gmail.com/a", "");

        assertThat(all.domain())
                .extracting(Explanation.Explained::name)
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat(all.domain())
                .hasSizeGreaterThan(100)
                .extracting(Explanation.Explained::name)
                .contains("max-msg-rate", "dkim-sign", "backoff-max-msg-rate")
                .doesNotContain("route", "include", "tls");
        assertThat(all.virtualMta())
                .extracting(Explanation.Explained::name)
                .contains("smtp-source-host", "max-smtp-msg-rate", "host-name")
                .doesNotContain("max-msg-rate", "hostname");
    }

    @Test
    void whatHasNoEffectYetIsToldAsSuch() {
        Explanation.Explained planned =
                explain("gmail.com/a", "check-spf-outbound").domain().getFirst();
        Explanation.Explained built =
                explain("gmail.com/a", "retry-after").domain().getFirst();

        assertThat(planned.hasEffect()).isFalse();
        assertThat(chain(planned)).containsExactly("no 0 ");
        assertThat(built.hasEffect()).isTrue();
        assertThat(chain(built)).containsExactly("10m 0 ");
    }

    @Test
    void anOldNameIsUnderstood() {
        assertThat(chain(explain("gmail.com/a", "route").domain().getFirst())).containsExactly(" 0 ");
        assertThat(chain(explain("gmail.com/a", "max-msg-rate").virtualMta().getFirst()))
                .containsExactly("200/h 19 <virtual-mta a>", "unlimited 0 ");
    }

    @Test
    void mailThatIsMovedIsNoted() {
        assertThat(explain("gmail.com/a", "").notes())
                .singleElement()
                .asString()
                .contains("all.queue/a")
                .contains("/etc/sluice/config:22");
        assertThat(explain("gmail.com", "").notes()).isEmpty();
    }

    @Test
    void secretsAreNotShown() {
        assertThat(chain(explain("gmail.com", "auth-password").domain().getFirst()))
                .containsExactly("******** 8 <domain $google>", " 0 ");
    }

    private static String failure(String queue, String name) {
        Explanation.Answer answer = Explanation.of(MemoryFiles.load(TEXT), queue, name);
        assertThat(answer).isInstanceOf(Explanation.Answer.Fails.class);
        return ((Explanation.Answer.Fails) answer).why();
    }

    @Test
    void whatCannotBeExplainedFailsWithAWayOut() {
        assertThat(failure("gmail.com/b", "")).isEqualTo("there is no virtual MTA \"b\"; there are: a, {default}");
        assertThat(failure("gmail.com/p", "")).isEqualTo("\"p\" is a pool; ask for one of its members: a");
        assertThat(failure("*/a", "")).contains("is not one queue");
        assertThat(failure("gmail.com/a", "max-smtp-ot"))
                .isEqualTo("there is no directive \"max-smtp-ot\" in <domain> or <virtual-mta>; perhaps max-smtp-out");
    }
}
