package org.sluicemta.pull;

import java.util.function.Consumer;

/// Makes the server use the version that the ledger now says, as a reload does: all or nothing.
@FunctionalInterface
public interface Adoption {
    /// @param answer the empty text when it is in use, else why it is not; comes on the puller's home
    void adopt(Consumer<String> answer);
}
