package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each warning about what a configuration means fires where it is true, and only there.
class WarningsTest {
    private static final String HEAD = "host-name h.example\nsmtp-listener 127.0.0.1:25\n";

    private static List<Problem> found(String id, String text) {
        return MemoryFiles.check(HEAD + text).problems().stream()
                .filter(each -> each.id().equals(id))
                .toList();
    }

    private static void fires(String id, String what, String text) {
        assertThat(found(id, text)).as(text).singleElement().satisfies(each -> {
            assertThat(each.what()).contains(what);
            assertThat(each.severity()).isNotEqualTo(Problem.Severity.ERROR);
            assertThat(each.line()).isPositive();
        });
    }

    private static void isSilent(String id, String text) {
        assertThat(found(id, text)).as(text).isEmpty();
    }

    // ---- backoff mode

    private static String backoff(String actions, String settings) {
        return "<smtp-pattern-list l>\nreply /421/ " + actions + "\n</smtp-pattern-list>\n<domain *>\n"
                + "smtp-pattern-list L\n" + settings + "\n</domain>\n";
    }

    @Test
    void backoffModeWithoutAnyExitWarns() {
        String id = "backoff-without-exit";

        fires(id, "/etc/sluice/config:4", backoff("mode=backoff", ""));
        fires(id, "\"l\"", backoff("mode=backoff,backoff-to-normal-after=never", ""));
        fires(id, "\"l\"", backoff("mode=backoff", "backoff-to-normal-after never"));
        fires(id, "\"l\"", backoff("mode=backoff", "backoff-to-normal-after-delivery no"));
        isSilent(id, backoff("mode=backoff,backoff-to-normal-after=1h", ""));
        isSilent(id, backoff("mode=backoff", "backoff-to-normal-after 1h"));
        isSilent(id, backoff("mode=backoff", "backoff-to-normal-after-delivery yes"));
        isSilent(id, backoff("mode=backoff\nreply /250/ mode=normal", ""));
        isSilent(id, backoff("skip-mx", ""));
        isSilent(id, backoff("mode=backoff", "").replace("smtp-pattern-list L", "max-smtp-out 5"));
    }

    @Test
    void anInheritedExitIsAnExit() {
        isSilent(
                "backoff-without-exit",
                "<domain *>\nbackoff-to-normal-after 2h\n</domain>\n"
                        + backoff("mode=backoff", "").replace("<domain *>", "<domain x.example>"));
    }

    @Test
    void limitsForBackoffModeThatDoNotSlowDownWarn() {
        String id = "backoff-not-slower";

        fires(
                id,
                "backoff-max-msg-rate 250/h is not lower than max-msg-rate 250/h (/etc/sluice/config:4)",
                "<domain *>\nmax-msg-rate 250/h\nbackoff-max-msg-rate 250/h\n</domain>");
        fires(id, "unlimited", "<domain *>\nmax-connect-rate 5/m\nbackoff-max-connect-rate unlimited\n</domain>");
        fires(id, "the built-in max-smtp-out", "<domain *>\nbackoff-max-smtp-out 30\n</domain>");
        fires(
                id,
                "max-msg-rate 100/h",
                "<domain *>\nmax-msg-rate 100/h\n</domain>\n<domain x.example>\nbackoff-max-msg-rate 2/m\n</domain>");
        isSilent(id, "<domain *>\nmax-msg-rate 250/h\nbackoff-max-msg-rate 249/h\n</domain>");
        isSilent(id, "<domain *>\nbackoff-max-msg-rate 250/h\n</domain>");
        isSilent(id, "<domain *>\nmax-smtp-out 50\nbackoff-max-smtp-out 30\n</domain>");
    }

    @Test
    void aDefaultForBackoffModeThatAllowsMoreConnectionsThanTheNormalLimitWarns() {
        String id = "backoff-wider";

        fires(id, "max-smtp-out 5 is 20 in backoff mode", backoff("mode=backoff", "max-smtp-out 5"));
        fires(id, "max-smtp-out 2", "<domain *>\nmax-smtp-out 2\nbackoff-upon-all-sources-disabled yes\n</domain>");
        fires(
                id,
                "max-smtp-out 7",
                "<domain *>\nmax-smtp-out 7\n</domain>\n"
                        + backoff("mode=backoff", "").replace("<domain *>", "<domain x.example>"));
        isSilent(id, backoff("mode=backoff", "max-smtp-out 5\nbackoff-max-smtp-out 1"));
        isSilent(id, backoff("mode=backoff", "max-smtp-out 20"));
        isSilent(id, backoff("mode=backoff", ""));
        isSilent(id, backoff("skip-mx", "max-smtp-out 5"));
        isSilent(id, "<domain *>\nmax-smtp-out 5\n</domain>");
    }

    // ---- limits

    private static String inVirtualMta(String own, String inside) {
        return "<virtual-mta a>\n" + own + "\n<domain *>\n" + inside + "\n</domain>\n</virtual-mta>\n";
    }

    @Test
    void aRateAboveTheVirtualMtasNeverBinds() {
        String id = "limit-never-binds";

        fires(
                id,
                "max-msg-rate 300/h can never be reached: max-smtp-msg-rate of the virtual MTA is 200/h "
                        + "(/etc/sluice/config:4)",
                inVirtualMta("max-smtp-msg-rate 200/h", "max-msg-rate 300/h"));
        fires(id, "10/s", inVirtualMta("max-msg-rate 1000/h", "max-msg-rate 10/s"));
        isSilent(id, inVirtualMta("max-smtp-msg-rate 200/h", "max-msg-rate 200/h"));
        isSilent(id, inVirtualMta("max-smtp-msg-rate 200/h", "max-msg-rate 100/h"));
        isSilent(id, inVirtualMta("", "max-msg-rate 100/h"));
        isSilent(id, inVirtualMta("max-smtp-msg-rate 200/h", "max-msg-rate unlimited"));
    }

    @Test
    void aRateByTheDaySaysNothingAboutAnHour() {
        isSilent("limit-never-binds", inVirtualMta("max-smtp-msg-rate 2400/d", "max-msg-rate 200/h"));
        fires("limit-never-binds", "3000/d", inVirtualMta("max-smtp-msg-rate 100/h", "max-msg-rate 3000/d"));
        fires("limit-never-binds", "3000/d", inVirtualMta("max-smtp-msg-rate 2400/d", "max-msg-rate 3000/d"));
    }

    @Test
    void aGlobalRateIsIdleOnlyWhereItIsIdleForEveryVirtualMta() {
        String global = "<domain x.example>\nmax-msg-rate 300/h\n</domain>\n";
        String slow = "<virtual-mta a>\nmax-smtp-msg-rate 200/h\n</virtual-mta>\n";

        fires("limit-never-binds", "200/h", global + slow);
        isSilent("limit-never-binds", global + slow + "<virtual-mta b>\n</virtual-mta>\n");
        isSilent("limit-never-binds", global);
    }

    @Test
    void aCountOfConnectionsAboveTheVirtualMtasOrTheServersNeverBinds() {
        String id = "limit-never-binds";

        fires(id, "max-smtp-out of the virtual MTA is 5", inVirtualMta("max-smtp-out 5", "max-smtp-out 10"));
        fires(id, "total-max-smtp-out is 1200 (built in)", "<domain *>\nmax-smtp-out 2000\n</domain>");
        fires(
                id,
                "total-max-smtp-out is 50",
                "total-max-smtp-out 50\n<virtual-mta a>\nmax-smtp-out 60\n</virtual-mta>");
        isSilent(id, inVirtualMta("max-smtp-out 10", "max-smtp-out 10"));
        isSilent(id, "total-max-smtp-out 3000\n<domain *>\nmax-smtp-out 2000\n</domain>");
        isSilent(id, "<domain *>\nmax-smtp-out unlimited\n</domain>");
    }

    @Test
    void repeatsOfOneProblemAreOneWarningWithACount() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 13; i++) {
            text.append("<domain d").append(i).append(".example>\nmax-smtp-out 2000\n</domain>\n");
        }

        fires("limit-never-binds", "(and 12 more places)", text.toString());
    }

    // ---- queues that are joined

    @Test
    void aQueueWithoutARouteWarns() {
        String id = "queue-to-without-route";
        String moved = "<domain gmail.com>\nqueue-to \"gmail.queue\"\n</domain>\n";

        fires(id, "\"gmail.queue\"", moved);
        fires(id, "\"nodots\"", "<domain gmail.com>\nqueue-to nodots\n</domain>");
        isSilent(id, moved + "<domain gmail.queue>\nsmtp-hosts lookup-mx:gmail.com\n</domain>");
        isSilent(id, moved + "<domain *.queue>\nroute [192.0.2.1]:25\n</domain>");
        isSilent(id, moved + "<domain gmail.queue>\ntype discard\n</domain>");
        isSilent(id, moved.replace("\"gmail.queue\"", "googlemail.com"));
        isSilent(id, moved.replace("\"gmail.queue\"", "{sparkpost}"));
        isSilent(id, moved.replace("\"gmail.queue\"", "\"\""));
        fires(
                id,
                "\"gmail.queue\"",
                moved + "<virtual-mta a>\n<domain gmail.queue>\nroute a.example\n</domain>\n" + "</virtual-mta>");
    }

    @Test
    void queuesThatAreMovedInACircleWarn() {
        String there = "<domain a.queue>\nqueue-to b.queue\n</domain>\n";
        String back = "<domain b.queue>\nqueue-to a.queue\n</domain>\n";

        fires("queue-to-loop", "b.queue → a.queue → b.queue (and 1 more place)", there + back);
        isSilent("queue-to-loop", there);
        isSilent("queue-to-loop", "<virtual-mta a>\n<domain *>\nqueue-to all.queue\n</domain>\n</virtual-mta>");
    }

    @Test
    void aRollupByPatternWithoutHostsWarns() {
        String list = "<mx-rollup-list>\nmx *.google.com google.rollup\n</mx-rollup-list>\n";

        fires("rollup-without-hosts", "\"google.rollup\"", list);
        isSilent("rollup-without-hosts", list.replace(".rollup\n", ".rollup rollup-by-ip\n"));
        isSilent("rollup-without-hosts", list.replace("*.google.com", "mx.google.com"));
        isSilent("rollup-without-hosts", list + "<domain google.rollup>\nsmtp-hosts lookup-mx:gmail.com\n</domain>");
    }

    // ---- lines that never match

    private static String replies(String... rules) {
        StringBuilder text = new StringBuilder("<smtp-pattern-list l>\n");
        for (String each : rules) {
            text.append("reply ").append(each).append('\n');
        }
        return text.append("</smtp-pattern-list>\n").toString();
    }

    @Test
    void aReplyRuleAfterOneThatTakesAllItsRepliesWarns() {
        String id = "never-matches";

        fires(id, "/etc/sluice/config:4", replies("/spam/ mode=backoff", "/SPAM/ mode=backoff"));
        fires(id, "/etc/sluice/config:4", replies("// skip-mx", "/x/ skip-mx"));
        fires(id, "/etc/sluice/config:4", replies("/blocked/ mode=backoff", "/your IP is blocked/ mode=normal"));
        fires(id, "/etc/sluice/config:4", replies("/block.?ed/ mode=backoff", "/IP is blocked/ mode=backoff"));
        isSilent(id, replies("/spam/ mode=backoff", "/spam/ skip-mx"));
        isSilent(id, replies("/spam/ mode=backoff", "/spam/ mode=backoff,skip-mx"));
        isSilent(id, replies("/^blocked/ mode=backoff", "/is blocked/ mode=backoff"));
        isSilent(id, replies("/is blocked/ mode=backoff", "/blocked/ mode=backoff"));
        isSilent(id, replies("/x/ skip-mx", "// skip-mx"));
        isSilent(id, replies("/(?-i)Spam/ mode=backoff", "/spam/ mode=backoff"));
    }

    @Test
    void aBouncePatternAfterOneThatTakesAllItsTextsWarns() {
        String list = "<bounce-category-patterns>\n%s\n%s\n</bounce-category-patterns>";

        fires("never-matches", "this bounce pattern", list.formatted("/quota/ quota-issues", "/over quota/ other"));
        fires("never-matches", "this bounce pattern", list.formatted("// other", "/quota/ quota-issues"));
        isSilent("never-matches", list.formatted("/quota/ quota-issues", "// other"));
    }

    @Test
    void aLineOfAPatternListAfterOneThatTakesAllWarns() {
        String list = "<virtual-mta a>\n</virtual-mta>\n<pattern-list p>\n%s virtual-mta=a\n%s virtual-mta=a\n"
                + "</pattern-list>";

        fires("never-matches", "this pattern", list.formatted("mail-from /@x/", "mail-from /@x/"));
        isSilent("never-matches", list.formatted("mail-from /@x/", "rcpt-to /@x/"));
        isSilent("never-matches", list.formatted("header Subject /x/", "header X-Job /x/"));
        fires("never-matches", "this pattern", list.formatted("header X-Job /x/", "header x-job: /x/"));
    }

    @Test
    void aKeyAfterOneOfTheSameOrAWiderDomainWarns() {
        String keys = "domain-key a, %s, /k/a.pem\ndomain-key b, %s, /k/b.pem\n";

        fires("never-matches", "\"example.com\"", keys.formatted("*", "example.com"));
        fires("never-matches", "\"m.example.com\"", keys.formatted("example.com", "m.example.com"));
        fires("never-matches", "\"example.com\"", keys.formatted("example.com", "example.com"));
        isSilent("never-matches", keys.formatted("example.com", "*"));
        isSilent("never-matches", keys.formatted("m.example.com", "example.com"));
        isSilent("never-matches", keys.formatted("ample.com", "example.com"));
        isSilent(
                "never-matches",
                "domain-key a, *, /k/a.pem\n<virtual-mta v>\ndomain-key b, example.com, /k/b.pem\n</virtual-mta>");
    }

    @Test
    void anAccessLineInsideAnEarlierRangeWarns() {
        String access = "http-access %s monitor\nhttp-access %s admin\n";

        fires("never-matches", "http-access 10.0.0.1", access.formatted("10/8", "10.0.0.1"));
        fires("never-matches", "::1", access.formatted("0/0", "::1"));
        isSilent("never-matches", access.formatted("10.0.0.1", "10/8"));
        isSilent("never-matches", access.formatted("10/8", "192.0.2.1"));
    }

    // ---- relays

    private static final String OPEN = "smtp-listener 0.0.0.0:25\n";

    @ParameterizedTest
    @ValueSource(strings = {"0/0", "::/0", "85.0.0.0/8", "0.0.0.0/1", "2a00::/12"})
    void relayingForStrangersWarns(String range) {
        fires("open-relay", "allows relaying", OPEN + "<source " + range + ">\nalways-allow-relaying yes\n</source>");
        isSilent("open-relay", OPEN + "<source " + range + ">\nalways-allow-relaying no\n</source>");
        isSilent(
                "open-relay", OPEN + "<source " + range + ">\nalways-allow-relaying yes\nrequire-auth true\n</source>");
        isSilent("open-relay", "<source " + range + ">\nalways-allow-relaying yes\n</source>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10/8", "127.0.0.0/8", "192.0.2.0/24", "fc00::/7", "{auth}", "172.16.0.0/12"})
    void relayingForOwnAddressesIsUsual(String range) {
        isSilent("open-relay", OPEN + "<source " + range + ">\nalways-allow-relaying yes\n</source>");
    }

    @Test
    void aListenerWhoseSourceRelaysForEverybodyWarns() {
        String source = "<source {all}>\nalways-allow-relaying yes\n</source>\n";

        fires("open-relay", "0.0.0.0/0:2525", "smtp-listener 0/0:2525 source={all}\n" + source);
        isSilent("open-relay", OPEN + source);
        isSilent("open-relay", "smtp-listener 127.0.0.1:2525 source={all}\n" + source);
    }

    @Test
    void relayingToEveryDomainWarns() {
        fires("open-relay", "relay-domain *", OPEN + "relay-domain *");
        isSilent("open-relay", OPEN + "relay-domain example.com\nrelay-domain [*.]example.net");
    }

    // ---- repeats

    @Test
    void valuesThatContradictEachOtherWarnOnceForEachBlock() {
        fires(
                "repeated-setting",
                "(and 1 more place)",
                "<domain *>\nmax-smtp-out 5\nmax-smtp-out 6\nmax-smtp-out 7\n</domain>");
        fires(
                "repeated-setting",
                "dkim-identity",
                "<domain *>\ndkim-identity @a.example\ndkim-identity @b.example\n</domain>");
        isSilent("repeated-setting", "<domain *>\nmax-smtp-out 5\nmax-smtp-out 5\n</domain>");
        isSilent(
                "repeated-setting",
                "<domain *>\nsource-ip-max-smtp-out 10/8 5\nsource-ip-max-smtp-out 0/0 6\n" + "</domain>");
    }

    @Test
    void sourceBlocksThatContradictEachOtherWarn() {
        String block = "<source %s>\nalways-allow-relaying %s\n</source>\n";

        fires(
                "contradicting-blocks",
                "/etc/sluice/config:4",
                block.formatted("10/8", "yes") + block.formatted("10.0.0.0/8", "no"));
        isSilent("contradicting-blocks", block.formatted("10/8", "yes") + block.formatted("10/8", "yes"));
        isSilent("contradicting-blocks", block.formatted("10/8", "yes") + block.formatted("10/9", "no"));
    }

    @Test
    void domainBlocksThatContradictEachOtherWarn() {
        String block = "<domain x.example>\nmax-smtp-out %s\n</domain>\n";

        fires("contradicting-blocks", "max-smtp-out", block.formatted("5") + block.formatted("6"));
        isSilent("contradicting-blocks", block.formatted("5") + block.formatted("5"));
        isSilent(
                "contradicting-blocks",
                block.formatted("5") + block.formatted("6").replace("x.", "y."));
    }

    // ---- rates by the day

    @Test
    void ratesByTheDayAreNotedOnceUnlessThePacingIsChosen() {
        String two = "<domain a.example>\nmax-msg-rate 5/d\n</domain>\n<domain b.example>\nmax-msg-rate 6/d\n</domain>";

        fires("rate-by-day", "(and 1 more place)", two);
        isSilent("rate-by-day", "rate-pacing smooth\n" + two);
        isSilent("rate-by-day", two.replace("/d", "/h"));
    }

    // ---- names that never existed

    @ParameterizedTest
    @ValueSource(
            strings = {
                "weight 5",
                "domain-selection x",
                "routing-file /x",
                "bounce-classification-file /x",
                "map-header-to-column x",
                "job-class x",
                "max-connections 5",
                "binding-rate-limit 5/h",
                "backoff-base-delay 5m",
                "backoff-reroute-to x",
                "max-rcpt-rate 5/h",
                "require-rdns yes",
                "resolve-to 192.0.2.1",
                "tls required",
                "dkim-key x",
                "dkim-domain x",
                "dkim-selector x",
                "log-domain x",
                "fallback-to-mx yes",
                "bind-to-source-ip 192.0.2.1",
                "max-smtp-out-per-ip 5",
                "smtp-pipeline-depth 5"
            })
    void namesFromTheWebWarnInWhateverBlockAndNeverFail(String line) {
        for (String block : List.of(
                "%s",
                "<domain *>\n%s\n</domain>", "<virtual-mta a>\n%s\n</virtual-mta>", "<source 10/8>\n%s\n</source>")) {
            Report report = MemoryFiles.check(HEAD + block.formatted(line), Check.Strictness.STRICT);

            assertThat(report.problems()).extracting(Problem::id).as(block).containsExactly("invention");
            assertThat(report.hasErrors()).isFalse();
        }
    }

    @Test
    void blocksFromTheWebWarnAndNeverFail() {
        fires("invention", "<bounce-log>", "<bounce-log>\nx 1\n</bounce-log>");
        assertThat(MemoryFiles.check("<bounce-log>\n</bounce-log>", Check.Strictness.STRICT)
                        .hasErrors())
                .isFalse();
    }

    @Test
    void listsOfAnyLengthAreComparedWithinABound() {
        StringBuilder text = new StringBuilder("<smtp-pattern-list l>\n");
        for (int i = 0; i < 20_000; i++) {
            text.append("reply /text ").append(i).append("x/ mode=backoff\n");
        }
        text.append("reply /text 7x/ mode=backoff\n</smtp-pattern-list>\n");

        fires("never-matches", "/etc/sluice/config:11", text.toString());
    }
}
