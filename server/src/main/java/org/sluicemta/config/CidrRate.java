package org.sluicemta.config;

/// A rate for the addresses of a range.
public record CidrRate(Cidr range, Rate rate) {
    @Override
    public String toString() {
        return range + " " + rate;
    }
}
