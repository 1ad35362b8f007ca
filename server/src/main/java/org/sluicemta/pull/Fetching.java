package org.sluicemta.pull;

import org.sluicemta.config.ConfigSource;
import org.sluicemta.world.Answer;

/// Brings what a source has now.
public interface Fetching {
    /// One at a time. Never blocks; always answers, within some minutes.
    ///
    /// @param revision of what is at hand; empty to fetch in any case
    /// @param etag of what is at hand; empty to fetch in any case
    /// @param answer a failure's text is for a person, without secrets
    void fetch(ConfigSource source, String revision, String etag, Answer<Fetched> answer);

    /// What there was.
    sealed interface Fetched {
        /// Still what is at hand.
        record Unchanged() implements Fetched {}

        /// @param revision no blanks
        /// @param etag empty for none
        record Changed(Tree tree, String revision, String etag) implements Fetched {}
    }
}
