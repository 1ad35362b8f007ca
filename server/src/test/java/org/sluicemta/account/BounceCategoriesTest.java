package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sluicemta.match.OperatorPattern;

class BounceCategoriesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    5.7.1  | smtp;554 5.7.1 message looks like spam to us                      | spam-related
                    5.1.1  | smtp;550 5.1.1 your address is blocked                            | spam-related
                    5.7.1  | smtp;550 listed at RBL example                                    | spam-related
                    5.7.0  | smtp;552 a virus was found                                        | virus-related
                    5.6.0  | smtp;554 message content rejected                                 | content-related
                    5.2.2  | smtp;552 5.2.2 over quota                                         | quota-issues
                    4.2.2  | smtp;452 4.2.2 the mailbox is full                                | quota-issues
                    5.1.8  | smtp;550 sender verify failed                                     | invalid-sender
                    4.4.4  | smtp;451 4.4.4 cannot find a way                                  | routing-errors
                    5.2.1  | smtp;550 5.2.1 this account has been disabled                     | inactive-mailbox
                    4.5.3  | smtp;452 too many invalid recipients                              | other
                    5.1.1  | smtp;550 5.1.1 no such user here                                  | bad-mailbox
                    5.0.0  | smtp;550 unknown user                                             | bad-mailbox
                    5.1.1  | smtp;550 user unknown; relay denied                               | bad-mailbox
                    5.1.1  | smtp;550 <ann@example.net>: recipient address does not exist      | bad-mailbox
                    5.7.1  | smtp;554 5.7.1 relaying is not for you                            | relaying-issues
                    5.1.2  | smtp;550 this domain has been retired                             | bad-domain
                    5.7.1  | smtp;550 5.7.1 access denied                                      | policy-related
                    5.5.1  | smtp;503 bad sequence of commands                                 | protocol-errors
                    5.0.0  | smtp;550 host unroutable                                          | routing-errors
                    5.1.1  | smtp;550 5.1.1 gone fishing                                       | bad-mailbox
                    4.7.0  | smtp;421 4.7.0 try again later                                    | policy-related
                    5.0.0  | smtp;550 gone fishing                                             | other
                    """)
    void theCompatibleOrderPutsWordsBeforeCodes(String status, String diagnostic, String category) {
        assertThat(BounceCategories.DEFAULT.of(status, diagnostic, false)).isEqualTo(category);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    4.4.7  | smtp;452 4.2.2 the mailbox is full  | message-expired
                    5.1.2  | ''                                  | bad-domain
                    5.1.10 | the domain takes no mail            | bad-domain
                    5.0.0  | deleted by administrator            | other
                    5.3.5  | ''                                  | bad-configuration
                    """)
    void whatThisServerDecidedGoesByItsCode(String status, String diagnostic, String category) {
        assertThat(BounceCategories.DEFAULT.of(status, diagnostic, true)).isEqualTo(category);
    }

    @Test
    void theOperatorsPatternsComeFirstAndInOrder() {
        BounceCategories categories = BounceCategories.of(List.of(
                new BounceCategories.Rule(OperatorPattern.of("^4\\.4\\.7"), "too-late"),
                new BounceCategories.Rule(OperatorPattern.of("^5\\.1\\.1;smtp;550 .*fishing"), "Gone-Fishing"),
                new BounceCategories.Rule(OperatorPattern.of("fishing"), "never")));

        assertThat(categories.of("5.1.1", "smtp;550 5.1.1 gone fishing", false)).isEqualTo("Gone-Fishing");
        assertThat(categories.of("5.1.1", "smtp;550 5.1.1 FISHING", false)).isEqualTo("Gone-Fishing");
        assertThat(categories.of("4.4.7", "", true)).isEqualTo("too-late");
        assertThat(categories.of("5.1.1", "smtp;550 5.1.1 no such user", false)).isEqualTo("bad-mailbox");
    }
}
