package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reply rules and rollup entries as they are published for other rooms.
class ReplyRuleTest {
    private static Optional<Delay> after(Duration time) {
        return Optional.of(new Delay.After(time));
    }

    private static List<String> errors(String lines) {
        return MemoryFiles.check(lines).problems().stream()
                .filter(each -> each.severity() == Problem.Severity.ERROR)
                .map(each -> each.line() + ":" + each.column() + " " + each.what())
                .toList();
    }

    @Test
    void listsKeepTheirOrderAndPlacesAndBlocksOfOneNameAreOneList() {
        Configuration loaded = MemoryFiles.load("""
                <smtp-pattern-list Gmail-Errors>
                    reply /first/ mode=backoff,backoff-to-normal-after=2h
                    reply /second/ disable-source-ip, reenable-after=7m, skip-mx
                </smtp-pattern-list>
                <smtp-pattern-list gmail-errors>
                    reply // MODE=Normal,bounce-rcpt,defer-queue
                </smtp-pattern-list>
                """);

        List<ReplyRule> rules = loaded.smtpPatternLists().get("gmail-errors");

        assertThat(rules).extracting(ReplyRule::regex).containsExactly("first", "second", "");
        assertThat(rules).extracting(each -> each.origin().line()).containsExactly(2, 3, 6);
        assertThat(rules.get(0).actions()).containsExactly(new ReplyAction.EnterBackoff(after(Duration.ofHours(2))));
        assertThat(rules.get(1).actions())
                .containsExactly(new ReplyAction.DisableSource(after(Duration.ofMinutes(7))), new ReplyAction.SkipMx());
        assertThat(rules.get(2).actions())
                .containsExactly(
                        new ReplyAction.LeaveBackoff(),
                        new ReplyAction.BounceRecipient(),
                        new ReplyAction.DeferQueue());
    }

    @Test
    void aRuleWithoutATimeOfItsOwnLeavesItToTheDomain() {
        List<ReplyRule> rules = MemoryFiles.load(
                        "<smtp-pattern-list a>\nreply /x/ mode=backoff,disable-source-ip\nreply /y/ mode=backoff,"
                                + "backoff-to-normal-after=never\n</smtp-pattern-list>")
                .smtpPatternLists()
                .get("a");

        assertThat(rules.get(0).actions())
                .containsExactly(
                        new ReplyAction.EnterBackoff(Optional.empty()),
                        new ReplyAction.DisableSource(Optional.empty()));
        assertThat(rules.get(1).actions())
                .containsExactly(new ReplyAction.EnterBackoff(Optional.of(Delay.Never.NEVER)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a\\/b       | a/b", "4\\.7\\.1    | 4\\.7\\.1", "4\\\\.7\\\\.1  | 4\\.7\\.1",
                "say \\\"no\\\"  | say \"no\"", "back\\\\      | back\\\\", "(?-i)Case | (?-i)Case"
            })
    void escapesThatOnlyTheFileNeedsAreTakenOff(String written, String forAnEngine) {
        List<ReplyRule> rules = MemoryFiles.load(
                        "<smtp-pattern-list a>\nreply /" + written + "/ mode=backoff\n</smtp-pattern-list>")
                .smtpPatternLists()
                .get("a");

        assertThat(rules.getFirst().regex()).isEqualTo(forAnEngine);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode=normal,mode=backoff              | 2:23 the modes normal and backoff exclude each other",
                "skip-mx,bounce-queue                  | 2:19 skip-mx and bounce-queue exclude each other",
                "reenable-after=1h,disable-source-ip   | 2:11 reenable-after needs disable-source-ip before it",
                "backoff-to-normal-after=1h,skip-mx    | 2:11 backoff-to-normal-after needs mode=backoff before it",
                "mode=backoff,backoff-to-normal-after=1h,backoff-to-normal-after=2h | 2:51 backoff-to-normal-after stands twice",
                "disable-source-ip,reenable-after=1h,reenable-after=1h | 2:47 reenable-after stands twice",
                "mode=backoff,backoff-to-normal-after  | 2:24 backoff-to-normal-after has no time",
                "mode=backof                           | 2:11 \"mode=backof\" is not an action"
            })
    void combinationsThatContradictEachOtherAreErrorsAtTheirPlace(String actions, String error) {
        assertThat(errors("<smtp-pattern-list a>\nreply /x/ " + actions + "\n</smtp-pattern-list>"))
                .singleElement()
                .asString()
                .startsWith(error.substring(0, error.indexOf(' ') + 1) + "reply: "
                        + error.substring(error.indexOf(' ') + 1));
    }

    @Test
    void rollupEntriesKeepTheirOrderAndPlaces() {
        List<MxRollup> rollups = MemoryFiles.load("""
                <mx-rollup-list>
                    mx *.Google.com google.rollup
                    mx mx1.example.com Example.rollup rollup-by-ip
                    mx [*.]example.net net.rollup # with a comment
                </mx-rollup-list>
                """).mxRollups();

        assertThat(rollups)
                .extracting(each -> each.pattern() + " " + each.queue() + " " + each.isByIp() + " " + each.origin())
                .containsExactly(
                        "*.google.com google.rollup false /etc/sluice/config:2",
                        "mx1.example.com example.rollup true /etc/sluice/config:3",
                        "[*.]example.net net.rollup false /etc/sluice/config:4");
        assertThat(rollups.get(0).matches("alt1.aspmx.l.google.com")).isTrue();
        assertThat(rollups.get(0).matches("google.com")).isFalse();
        assertThat(rollups.get(0).matches("xgoogle.com")).isFalse();
        assertThat(rollups.get(1).isOneHost()).isTrue();
        assertThat(rollups.get(1).matches("mx1.example.com")).isTrue();
        assertThat(rollups.get(2).matches("example.net")).isTrue();
        assertThat(rollups.get(2).matches("a.b.example.net")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mx mx.example.com example          | 2:19 mx: \"example\" does not end in .rollup",
                "mx mx.example.com                  | 2:4 mx: the name of the queue is missing",
                "mx [10/8] x.rollup                 | 2:4 mx: \"[10/8]\" is not a host or a pattern of hosts",
                "mx a.example x.rollup by-ip        | 2:23 mx: \"by-ip\" does not belong here"
            })
    void aRollupEntryThatCannotBeReadIsAnErrorAtItsPlace(String line, String error) {
        assertThat(errors("<mx-rollup-list>\n" + line + "\n</mx-rollup-list>")).containsExactly(error);
    }
}
