package org.sluicemta.smtp;

import java.util.Arrays;

/// Where lines begin with a dot in unstuffed content: what the DATA encoder needs in order to double them without
/// looking for them. Immutable.
public final class DotLines {
    /// More are not noted: real text has none or a handful, and the record on disk stays small.
    public static final int MAX_NOTED = 64;
    /// No line begins with a dot.
    public static final DotLines NONE = new DotLines(new int[0], true);
    /// Nothing was noted: the encoder looks for itself.
    public static final DotLines UNKNOWN = new DotLines(new int[0], false);

    private final int[] offsets;
    private final boolean isComplete;

    private DotLines(int[] offsets, boolean isComplete) {
        this.offsets = offsets;
        this.isComplete = isComplete;
    }

    /// @param offsets ascending, 0 or more each; at most [#MAX_NOTED]
    /// @param isComplete whether these are all such lines
    /// @throws SmtpException when the offsets do not ascend or are too many
    public static DotLines of(int[] offsets, boolean isComplete) {
        if (offsets.length == 0) {
            return isComplete ? NONE : UNKNOWN;
        }
        if (offsets.length > MAX_NOTED) {
            throw new SmtpException(offsets.length + " dot lines; note at most " + MAX_NOTED);
        }
        for (int i = 0; i < offsets.length; i++) {
            if (offsets[i] < 0 || i > 0 && offsets[i] <= offsets[i - 1]) {
                throw new SmtpException("dot line offsets must ascend; offset " + i + " is " + offsets[i]);
            }
        }
        return new DotLines(offsets.clone(), isComplete);
    }

    public int count() {
        return offsets.length;
    }

    /// @param index from 0 to [#count] - 1
    public int offset(int index) {
        return offsets[index];
    }

    /// Whether all such lines are noted.
    public boolean isComplete() {
        return isComplete;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof DotLines other && isComplete == other.isComplete && Arrays.equals(offsets, other.offsets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(offsets) * 2 + (isComplete ? 1 : 0);
    }

    @Override
    public String toString() {
        return "DotLines" + Arrays.toString(offsets) + (isComplete ? "" : " and more");
    }
}
