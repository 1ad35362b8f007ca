package org.sluicemta.config;

/// A number for the addresses of a range.
///
/// @param count [ValueType#UNLIMITED] for no limit
public record CidrCount(Cidr range, long count) {
    @Override
    public String toString() {
        return range + " " + (count == ValueType.UNLIMITED ? "unlimited" : String.valueOf(count));
    }
}
