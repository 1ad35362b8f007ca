package org.sluicemta.config;

/// A word that nobody is shown.
public record Secret(String text) {
    static final Secret NONE = new Secret("");

    @Override
    public String toString() {
        return text.isEmpty() ? "" : "********";
    }
}
