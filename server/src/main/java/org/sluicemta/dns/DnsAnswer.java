package org.sluicemta.dns;

import java.util.List;

/// What came of a question. Only a name server's own word makes [NoSuchDomain] and [NoRecords]: whatever went wrong on
/// the way is [Failed], so that no broken resolver ever turns mail into bounces.
public sealed interface DnsAnswer {
    /// @param name the name that carries the records: the question's, or the last of its aliases
    /// @param records one or more, at most [DnsCodec#MAX_RECORDS]
    record Records(String name, List<DnsRecord> records) implements DnsAnswer {
        public Records {
            records = List.copyOf(records);
        }
    }

    /// NXDOMAIN: the name has no records of any type. Source: RFC 2308 section 2.1.
    record NoSuchDomain() implements DnsAnswer {}

    /// NODATA: the name exists, without records of this type. Source: RFC 2308 section 2.2.
    record NoRecords() implements DnsAnswer {}

    /// SERVFAIL, REFUSED, time-out, nonsense, an alias loop: nothing is known, ask later. Always temporary.
    ///
    /// @param why one line for a person
    record Failed(String why) implements DnsAnswer {}
}
