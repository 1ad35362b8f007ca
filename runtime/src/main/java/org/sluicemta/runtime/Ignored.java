package org.sluicemta.runtime;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.world.Answer;
import org.sluicemta.world.IoFailure;

/// For calls whose result nobody can use: a failure is noted for whoever debugs.
final class Ignored {
    private static final Logger LOG = LoggerFactory.getLogger(Ignored.class);

    private Ignored() {}

    static <T> Answer<T> answer() {
        return new Answer<>() {
            @Override
            public void ready(T value) {
                LOG.trace("done: {}", value);
            }

            @Override
            public void failed(IoFailure why) {
                LOG.warn("{}", why.text());
            }
        };
    }
}
