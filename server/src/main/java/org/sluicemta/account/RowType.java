package org.sluicemta.account;

/// What a row of an accounting file tells. The short code stands in its first column.
public enum RowType {
    /// One recipient was handed over.
    DELIVERY("d", "delivery"),
    /// One recipient failed for good.
    BOUNCE("b", "bounce"),
    /// One attempt of one recipient was put off.
    TRANSIENT("t", "transient"),
    /// An attempt of a whole queue failed.
    TRANSIENT_QUEUE("tq", "transient-queue"),
    /// One recipient was accepted.
    RECEIPT("r", "receipt");

    private final String code;
    private final String longName;

    RowType(String code, String longName) {
        this.code = code;
        this.longName = longName;
    }

    public String code() {
        return code;
    }

    /// The other spelling that a configuration may use.
    public String longName() {
        return longName;
    }
}
