package org.sluicemta.journal;

/// The 128 random bits that name a spool folder's server; part of every checksum, so not to be shown to strangers.
public record ServerId(long high, long low) {
    @Override
    public String toString() {
        return String.format("%016x%016x", high, low);
    }
}
