package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CatalogueTest {
    /// Built names that the builder reads itself, without a typed key.
    private static final Set<String> READ_BY_HAND = Set.of(
            "include",
            "domain-macro",
            "virtual-mta",
            "source",
            "reply",
            "mail-from",
            "rcpt-to",
            "header",
            "mx",
            "domain-key",
            "dkim-key-file",
            "dkim-key-selector");

    @Test
    void everyBuiltDirectiveHasATypedKeyOfItsType() {
        List<String> wrong = new ArrayList<>();
        for (Catalogue.Entry entry : Catalogue.all().entries()) {
            if (entry.isBlock() || entry.state() != Catalogue.State.BUILT || READ_BY_HAND.contains(entry.name())) {
                continue;
            }
            for (BlockKind scope : entry.scopes()) {
                Directive<?> key = Directives.find(scope, entry.keptAs());
                boolean sameType = key != null
                        && (key.type().name().equals(entry.type().name())
                                || entry.type() == ValueType.PER_HOUR && key.type() == ValueType.RATE);
                if (!sameType) {
                    wrong.add(scope + " " + entry.name() + " as " + entry.type().name());
                }
            }
        }

        assertThat(wrong).isEmpty();
    }

    @Test
    void everyTypedKeyStandsInTheCatalogueAsBuiltInEachOfItsScopes() {
        List<String> wrong = new ArrayList<>();
        for (Directive<?> key : Directives.all()) {
            for (BlockKind scope : key.scopes()) {
                Catalogue.Entry entry = Catalogue.all().find(scope, key.name());
                if (entry == null || entry.state() != Catalogue.State.BUILT) {
                    wrong.add(scope + " " + key.name());
                }
            }
        }

        assertThat(wrong).isEmpty();
    }

    @Test
    void theDefaultsOfCodeAndCatalogueAgree() {
        List<String> wrong = new ArrayList<>();
        for (Directive<?> key : Directives.all()) {
            for (BlockKind scope : key.scopes()) {
                Catalogue.Entry entry = Catalogue.all().find(scope, key.name());
                if (entry == null
                        || entry.builtIn().isEmpty()
                        || entry.builtIn().contains(" if set, else ")) {
                    continue;
                }
                Object read =
                        switch (entry.type().parse(entry.builtIn())) {
                            case Parsed.Good<?>(Object value) -> key.lift(value);
                            case Parsed.Odd<?> odd -> key.lift(odd.value());
                            case Parsed.Bad<?>(String what, String _, int _, int _) -> what;
                        };
                if (!read.equals(key.builtIn())) {
                    wrong.add(scope + " " + key.name() + ": catalogue " + read + ", code " + key.builtIn());
                }
            }
        }

        assertThat(wrong).isEmpty();
    }

    @Test
    void everyDefaultInTheCatalogueCanBeReadOrIsAWordForAPerson() {
        Set<String> unreadable = new TreeSet<>();
        for (Catalogue.Entry entry : Catalogue.all().entries()) {
            if (!entry.builtIn().isEmpty()
                    && !entry.builtIn().contains(" if set, else ")
                    && Set.of("bool", "int", "duration", "timeout", "rate", "durations", "cap", "cap0", "port")
                            .contains(entry.type().name())
                    && entry.type().parse(entry.builtIn()) instanceof Parsed.Bad<?>) {
                unreadable.add(entry.name() + " " + entry.builtIn());
            }
        }

        assertThat(unreadable).isEmpty();
    }

    @Test
    void everyDirectiveOfTheReferenceIsKnown() {
        assertThat(Catalogue.all().entries()).hasSizeGreaterThan(440);
        assertThat(Catalogue.all().entries().stream().filter(each -> each.state() == Catalogue.State.BUILT))
                .hasSizeGreaterThan(80);
    }

    @Test
    void anEntryWithoutEffectSaysWhyAndAnInventionWhatToWriteInstead() {
        assertThat(Catalogue.all().entries())
                .filteredOn(
                        each -> each.state() == Catalogue.State.ACCEPTED || each.state() == Catalogue.State.INVENTION)
                .allSatisfy(each -> assertThat(each.note()).as(each.name()).isNotBlank());
        assertThat(Catalogue.all().entries())
                .allSatisfy(each -> assertThat(each.meaning()).as(each.name()).endsWith("."));
    }

    @Test
    void aReferenceNameIsADirectiveOfTheSameScope() {
        for (Catalogue.Entry entry : Catalogue.all().entries()) {
            for (BlockKind scope : entry.scopes()) {
                if (!entry.reference().isEmpty()) {
                    assertThat(Catalogue.all().find(scope, entry.reference()))
                            .as(entry.name() + " in " + scope)
                            .isNotNull();
                }
            }
        }
    }
}
