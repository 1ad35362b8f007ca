package org.sluicemta.pull;

import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;

/// Keeps versions on disk. One call at a time; never blocks.
public interface Keeping {
    /// Makes the folder at need, reads the ledger, and removes what a crash left half done.
    void open(Answer<Ledger> answer);

    /// Writes the files of a version; on disk when answered.
    void keep(Version version, Tree tree, Answer<Disk.Done> answer);

    /// Replaces the ledger as a whole; on disk when answered.
    void write(Ledger ledger, Answer<Disk.Done> answer);

    /// Removes the folders of versions that the ledger does not have; nothing to wait for.
    void forgetOthers(Ledger ledger, Answer<Disk.Done> answer);
}
