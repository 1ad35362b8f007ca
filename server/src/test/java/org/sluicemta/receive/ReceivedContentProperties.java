package org.sluicemta.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Whatever a message looks like, however the network splits it and whatever is taken out of its header: what is stored
/// is our fields and the rest, and the noted dots stand where lines begin with one.
class ReceivedContentProperties {
    @Property(tries = 60, seed = "42")
    void whatIsStoredIsWhatCameWithoutWhatWasTakenOut(@ForAll long seed) {
        var random = new Random(seed);
        var stage = new ReceiveStage(seed);
        stage.wishes.put("process-x-job", true);
        stage.wishes.put("process-x-envid", true);
        stage.wishes.put("remove-header", List.of("x-secret"));
        stage.adopt();
        var wire = new StringBuilder();
        var kept = new StringBuilder();
        int fields = 1 + random.nextInt(random.nextInt(4) == 0 ? 3000 : 12);
        for (int i = 0; i < fields; i++) {
            String field =
                    switch (random.nextInt(6)) {
                        case 0 -> "x-job: j\r\n";
                        case 1 -> "X-Envid: e\r\n more\r\n";
                        case 2 -> "x-secret: 1\r\n\t2\r\n";
                        default -> "X-Field" + i + ": " + "v".repeat(random.nextInt(60)) + "\r\n";
                    };
            wire.append(field);
            if (field.startsWith("X-F")) {
                kept.append(field);
            }
        }
        String body = body(random);
        kept.append(body);

        String answer = stage.submit("a@example.com", List.of("b@example.net"), wire + body.replace("\r\n.", "\r\n.."));

        assertThat(answer).startsWith("250 ");
        String stored = stage.onlyText();
        assertThat(stored).startsWith("Received: ").endsWith(kept);
        assertThat(stored.substring(0, stored.length() - kept.length()))
                .matches(
                        "(?s)Received: [^\\n]*\\n [^\\n]*\\n [^\\n]*\\n [^\\n]*\\nDate: [^\\n]*\\nMessage-ID: [^\\n]*\\n");
        var shape = stage.arrived.getFirst().message().shape();
        assertThat(shape.sizeBytes()).isEqualTo(stored.length());
        int end = stored.indexOf("\r\n\r\n");
        assertThat(shape.headerBytes()).isEqualTo(end < 0 ? stored.length() : end + 4);
        List<Long> dots = dots(stored);
        assertThat(shape.hasMoreDots()).isEqualTo(dots.size() > 64);
        assertThat(java.util.Arrays.stream(shape.dotOffsets()).boxed().toList())
                .isEqualTo(dots.subList(0, Math.min(64, dots.size())));
        assertThat(stage.slicesOut()).isZero();
    }

    private static String body(Random random) {
        if (random.nextInt(8) == 0) {
            return "";
        }
        var body = new StringBuilder("\r\n");
        int lines = random.nextInt(random.nextInt(3) == 0 ? 9000 : 40);
        boolean hasManyDots = random.nextInt(3) == 0;
        for (int i = 0; i < lines; i++) {
            if (random.nextInt(hasManyDots ? 4 : 200) == 0) {
                body.append('.');
            }
            body.append("t".repeat(random.nextInt(80))).append("\r\n");
        }
        return body.toString();
    }

    private static List<Long> dots(String text) {
        var dots = new ArrayList<Long>();
        for (int at = text.indexOf("\r\n."); at >= 0; at = text.indexOf("\r\n.", at + 1)) {
            dots.add(at + 2L);
        }
        return dots;
    }
}
