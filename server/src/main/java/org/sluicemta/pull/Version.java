package org.sluicemta.pull;

/// One version that was adopted once, and is kept.
///
/// @param number from 1, growing
/// @param fetchedMillis server time
/// @param revision the commit, or the beginning of the fingerprint; no blanks
/// @param etag of the web server; empty for none
/// @param fingerprint see [Tree#fingerprint]
/// @param main path of its main file in its folder
/// @param from where it came from, without secrets
public record Version(
        int number, long fetchedMillis, String revision, String etag, String fingerprint, String main, String from) {
    /// The name of its folder.
    public String folderName() {
        return String.format(java.util.Locale.ROOT, "%06d", number);
    }

    /// The revision as people name it.
    public String shortRevision() {
        return revision.length() > 12 ? revision.substring(0, 12) : revision;
    }
}
