package org.sluicemta.pull;

import java.util.List;
import java.util.function.Consumer;

/// Makes the server use the version that the ledger now says, as a reload does: all or nothing.
@FunctionalInterface
public interface Adoption {
    /// @param allowedBounces waiting recipients that may bounce because their virtual MTA is taken away
    /// @param answer comes on the puller's home
    void adopt(long allowedBounces, Consumer<Adopted> answer);

    /// @param failure empty when it is in use, else why it is not
    /// @param notes for the operator: warnings, and what needs a restart
    record Adopted(String failure, List<String> notes) {
        public Adopted {
            notes = List.copyOf(notes);
        }
    }
}
