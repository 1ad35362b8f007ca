package org.sluicemta.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class AlarmHeapProperties {
    /// Against a plain map from alarm to time.
    @Property(seed = "42")
    void itRingsWhatAPlainMapWouldRingInTheSameOrder(
            @ForAll @Size(max = 300) List<@IntRange(max = 99_999) Integer> steps) {
        var heap = new AlarmHeap();
        var lane = new Lane("alarms", new Clocks());
        List<LoopAlarm> alarms = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            alarms.add(new LoopAlarm(lane, () -> {}));
        }
        Map<Integer, Long> model = new TreeMap<>();
        long now = 0;
        for (int step : steps) {
            int number = step % 100;
            int due = step / 100;
            if (due % 7 == 0) {
                heap.clear(alarms.get(number));
                model.remove(number);
            } else {
                heap.set(alarms.get(number), now + due);
                model.put(number, now + due);
            }
            if (due % 5 == 0) {
                now += due;
                List<Long> rung = new ArrayList<>();
                for (LoopAlarm alarm = heap.takeDue(now); alarm != null; alarm = heap.takeDue(now)) {
                    assertThat(model.remove(alarms.indexOf(alarm))).isEqualTo(alarm.due);
                    rung.add(alarm.due);
                }
                assertThat(rung).isSorted();
                long latest = now;
                assertThat(model.values()).allMatch(left -> left > latest);
            }
            long earliest = heap.earliest();
            assertThat(model.values()).allMatch(left -> left >= earliest);
        }
        assertThat(lane.end(10_000)).isTrue();
    }
}
