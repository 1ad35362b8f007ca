package org.sluicemta.proof.world;

import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
final class SimulatedWorldWebTest extends WebContract {
    @Parameter
    long seed;

    @Override
    WorldUnderTest start() {
        return new SimulatedWorldUnderTest(seed);
    }
}
