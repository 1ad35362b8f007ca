package org.sluicemta.dns;

import java.util.ArrayList;
import java.util.List;
import org.sluicemta.mail.IpText;
import org.sluicemta.mail.Steering;

/// Questions and answers in words, a line each, for traces and for operators who look a name up.
public final class DnsLines {
    private DnsLines() {}

    /// E.g. `example.net MX: 10 mx1.example.net, 20 mx2.example.net (192.0.2.53:53, valid for 300 s)`.
    public static String of(DnsFinding finding) {
        var line = new StringBuilder();
        line.append(finding.question());
        if (!finding.aliases().isEmpty()) {
            line.append(" (alias of ")
                    .append(String.join(", ", finding.aliases()))
                    .append(')');
        }
        line.append(": ").append(words(finding.answer())).append(" (");
        line.append(finding.server().isEmpty() ? "no name server" : finding.server());
        switch (finding.freshness()) {
            case ASKED -> {}
            case CACHED -> line.append(", known already");
            case STALE -> line.append(", expired, used because no name server answers");
        }
        if (finding.ttlSeconds() > 0) {
            line.append(", valid for ").append(finding.ttlSeconds()).append(" s");
        }
        return Steering.replaced(line.append(')').toString(), '?');
    }

    private static String words(DnsAnswer answer) {
        return switch (answer) {
            case DnsAnswer.Records records -> words(records.records());
            case DnsAnswer.NoSuchDomain _ -> "no such name";
            case DnsAnswer.NoRecords _ -> "no such record";
            case DnsAnswer.Failed failed -> "no answer: " + failed.why();
        };
    }

    private static String words(List<DnsRecord> records) {
        var words = new ArrayList<String>(records.size());
        for (DnsRecord record : records) {
            words.add(
                    switch (record) {
                        case DnsRecord.Mx mx ->
                            mx.preference() + " " + (mx.host().isEmpty() ? "." : mx.host());
                        case DnsRecord.Ip ip -> IpText.of(ip.address());
                        case DnsRecord.Text text -> "\"" + text.text() + "\"";
                        case DnsRecord.Pointer pointer -> pointer.host();
                    });
        }
        return String.join(", ", words);
    }
}
