package org.sluicemta.lab;

import java.util.Set;

/// What a receiver refuses for the time being, whatever its model says.
///
/// @param refuses the stages at which it does
/// @param text the reply after its code; `{source}` stands for the client's address
public record Mood(Set<Refusal.Stage> refuses, int code, String text) {
    public static final Mood GOOD = new Mood(Set.of(), 250, "");

    public Mood {
        refuses = Set.copyOf(refuses);
    }

    boolean isAgainst(Refusal.Stage stage) {
        return refuses.contains(stage);
    }
}
