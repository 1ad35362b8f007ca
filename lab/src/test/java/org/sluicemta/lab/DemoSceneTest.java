package org.sluicemta.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoSceneTest {
    private final DemoScene scene = new DemoScene("r");

    @Test
    void placesGetTheirSharesAndNoAddressComesTwice() {
        Map<DemoScene.Place, Integer> counts = new EnumMap<>(DemoScene.Place.class);
        var addresses = new HashSet<String>();
        for (int n = 0; n < 5000; n++) {
            LoadMessage message = scene.message(n);
            for (String to : message.recipients()) {
                assertThat(addresses.add(to)).as(to).isTrue();
                counts.merge(DemoScene.Place.of(to).orElseThrow(), 1, Integer::sum);
            }
        }
        assertThat(counts.keySet()).containsExactly(DemoScene.Place.values());
        assertThat(counts.get(DemoScene.Place.ROOMY)).isGreaterThan(counts.get(DemoScene.Place.CAPPED));
        assertThat(counts.get(DemoScene.Place.NULL_MX)).isBetween(10, 200);
    }

    @Test
    void sizesAreOneToSixtyKilobytesSmallOnesMoreOften() {
        int small = 0;
        for (int n = 0; n < 2000; n++) {
            assertThat(DemoScene.size(n)).isBetween(1024, 60 * 1024 + 1);
            small += DemoScene.size(n) < 8 * 1024 ? 1 : 0;
        }
        assertThat(small).isBetween(1000, 1600);
    }

    @Test
    void theConfigurationNamesEveryReceiverAndItsPort() {
        String text = DemoScene.configuration(
                2500,
                new InetSocketAddress("127.0.0.1", 5300),
                place -> 3000 + place.ordinal(),
                Path.of("/d/acct.csv"));

        for (DemoScene.Place place : DemoScene.Place.values()) {
            if (place.hasServer()) {
                assertThat(text)
                        .contains("<domain " + place.domain() + ">\n    default-smtp-port " + (3000 + place.ordinal()));
            }
        }
        assertThat(text).contains("smtp-listener  127.0.0.1:2500", "name-server    127.0.0.1:5300", "/d/acct.csv");
    }
}
