package org.sluicemta.config;

/// One line of a directive whose lines add up.
record Located(String value, Place place) {
    @Override
    public String toString() {
        return value;
    }
}
