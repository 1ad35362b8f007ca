package org.sluicemta.account;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderTextTest {
    /// Mostly the examples of RFC 2047 section 8.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    plain text                                         | plain text
                    =?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <k@x.dk>     | Keld Jørn Simonsen <k@x.dk>
                    =?utf-8?B?SsO8cmdlbg==?=                           | Jürgen
                    =?US-ASCII*EN?Q?Keith_Moore?=                      | Keith Moore
                    (=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)            | (ab)
                    (=?ISO-8859-1?Q?a?= b)                             | (a b)
                    =?utf-8?B?ww==?= =?utf-8?B?vA==?= x                | ü x
                    =?utf-8?X?abc?= x                                  | =?utf-8?X?abc?= x
                    =?x-unheard-of?Q?abc?=                             | =?x-unheard-of?Q?abc?=
                    =?utf-8?Q?one=0D=0Atwo?=                           | one  two
                    =?utf-8?Q?=4?=                                     | =?utf-8?Q?=4?=
                    =?utf-8?Q?a?= =?broken                             | a =?broken
                    1 =?= 2 ?= 3                                       | 1 =?= 2 ?= 3
                    """)
    void encodedWordsAreDecodedAndAllElseStays(String raw, String text) {
        assertThat(HeaderText.decoded(raw)).isEqualTo(text);
    }

    @Property
    void anyTextIsDecodedToOneLine(@ForAll String raw) {
        String line = raw.replaceAll("\\p{Cntrl}", " ");

        assertThat(HeaderText.decoded("=?utf-8?Q?=0A?=" + line)).doesNotContain("\n");
    }
}
