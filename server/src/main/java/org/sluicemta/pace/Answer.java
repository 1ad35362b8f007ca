package org.sluicemta.pace;

/// What the [Pacer] says to an [Ask].
public sealed interface Answer {
    /// The same answer with its instants moved: loops count their nanoseconds from different zeros.
    Answer movedBy(long nanos);

    /// `count` connections may be opened; each is given back with [Desk#closed], once.
    final class Opened implements Answer {
        private final Ask ask;
        private final int count;
        private final long expiryNanos;
        private final Desk desk;
        private final long sinceNanos;
        /// Owner: the pacer's loop.
        boolean isOver;

        /// How many of its connections stand, and how many have been asked to yield. Owner: the pacer's loop.
        int standing;

        int yielding;

        Opened(Ask ask, Desk desk, int count, long sinceNanos, long expiryNanos) {
            this.ask = ask;
            this.desk = desk;
            this.count = count;
            this.standing = count;
            this.sinceNanos = sinceNanos;
            this.expiryNanos = expiryNanos;
        }

        Desk desk() {
            return desk;
        }

        /// On the pacer's clock.
        long sinceNanos() {
            return sinceNanos;
        }

        public int count() {
            return count;
        }

        Ask ask() {
            return ask;
        }

        /// On the pacer's clock: only the pacer looks at it.
        long expiryNanos() {
            return expiryNanos;
        }

        @Override
        public Answer movedBy(long nanos) {
            return this;
        }
    }

    /// Others wait for a connection and this opening has had its share of the time: one of its connections is to
    /// end after what it carries.
    record Yield(Opened opened) implements Answer {
        @Override
        public Answer movedBy(long nanos) {
            return this;
        }
    }

    /// `count` permits, permit `i` from `firstNanos + i * spacingNanos` on.
    final class Granted implements Answer {
        private final Ask ask;
        private final int count;
        private final long firstNanos;
        private final long spacingNanos;
        final long[] marks;

        Granted(Ask ask, int count, long firstNanos, long spacingNanos, long[] marks) {
            this.ask = ask;
            this.count = count;
            this.firstNanos = firstNanos;
            this.spacingNanos = spacingNanos;
            this.marks = marks;
        }

        public int count() {
            return count;
        }

        public long firstNanos() {
            return firstNanos;
        }

        public long spacingNanos() {
            return spacingNanos;
        }

        Ask ask() {
            return ask;
        }

        @Override
        public Answer movedBy(long nanos) {
            return new Granted(ask, count, firstNanos + nanos, spacingNanos, marks);
        }
    }

    /// Not now: the ask stays in line, and another answer follows unless it is withdrawn.
    ///
    /// @param binding the limit that it waits for
    /// @param aboutNanos about when its turn comes; `Long.MAX_VALUE` where nobody can tell (connections)
    record Held(Limit binding, long aboutNanos) implements Answer {
        @Override
        public Answer movedBy(long nanos) {
            return aboutNanos == Long.MAX_VALUE ? this : new Held(binding, aboutNanos + nanos);
        }
    }
}
