package org.sluicemta.journal;

/// The two streams of a directory.
public enum StreamKind {
    /// What was accepted, with its bodies; acceptance waits for its sync.
    CONTENT("content"),
    /// What happened since; nothing waits for it.
    EVENTS("events");

    private final String fileName;

    StreamKind(String fileName) {
        this.fileName = fileName;
    }

    /// The word in file names.
    public String fileName() {
        return fileName;
    }

    int code() {
        return ordinal() + 1;
    }
}
