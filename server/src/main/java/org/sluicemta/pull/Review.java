package org.sluicemta.pull;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.sluicemta.config.Effect;

/// Checks a version against the configuration in use.
public interface Review {
    /// @param folderName where the tree will stand, in the folder of versions
    /// @param answer comes on the puller's home
    void review(Tree tree, String folderName, int maxRemoved, Set<Guard> accepted, Consumer<Verdict> answer);

    /// @param effect what would change; empty where it cannot be loaded
    /// @param refusals empty when it may be adopted
    record Verdict(Optional<Effect> effect, List<Refusal> refusals) {
        public Verdict {
            refusals = List.copyOf(refusals);
        }
    }
}
