package org.sluicemta.proof.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sluicemta.world.ChildEnd;
import org.sluicemta.world.ChildPlan;

final class RealWorldChildrenTest extends ChildrenContract {
    @Override
    WorldUnderTest start() throws Exception {
        return new RealWorldUnderTest(true);
    }

    /// As when a program is killed just while it starts another, which is nobody's child then and holds the input.
    @Test
    void aProgramLeftBehindThatHoldsAFullInputDoesNotHoldUpTheEnd() {
        String script = "exec 3<&0; (sleep 30 <&3 &); sleep 600; true";
        var plan = new ChildPlan(
                List.of("sh", "-c", script),
                Map.of(),
                null,
                1 << 20,
                Duration.ofMillis(500).toNanos());
        Listening heard = start(loop(), plan);
        untilStarted(heard);
        run(loop(), () -> {
            while (child(heard).write(ByteBuffer.allocate(100_000))) {
                assertThat(child(heard).unwrittenBytes()).isPositive();
            }
        });

        assertThat(end(heard)).isEqualTo(new ChildEnd.TimedOut());
    }
}
