package org.sluicemta.runtime;

import java.io.IOException;
import org.sluicemta.world.IoFailure;

/// Carries a failure that is known already through code that throws.
final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient IoFailure why;

    Refusal(IoFailure why) {
        super(why.text());
        this.why = why;
    }

    IoFailure why() {
        return why;
    }
}
