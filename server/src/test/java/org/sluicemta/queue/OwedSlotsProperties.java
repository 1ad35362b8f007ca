package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.sluicemta.mail.MessageId;
import org.sluicemta.spool.RecipientId;

/// Against a map.
class OwedSlotsProperties {
    @Property(tries = 300)
    void whatIsAddedIsFoundUntilItIsRemoved(
            @ForAll @Size(max = 300) List<@IntRange(min = 0, max = 60) Integer> choices) {
        var memory = new Bench.BenchMemory();
        var messages = new Messages(memory);
        var recipients = new Recipients(memory);
        var owed = new OwedSlots(recipients, messages);
        Map<RecipientId, Integer> model = new HashMap<>();
        for (int choice : choices) {
            var id = new RecipientId(new MessageId(choice % 3, choice / 4), choice % 4);
            Integer known = model.remove(id);
            if (known == null) {
                int message = messages.add(id.message(), 1, 1, 1);
                int slot = recipients.add(message, id.index(), 0, 0, 50, 0);
                owed.add(slot);
                model.put(id, slot);
            } else {
                owed.remove(known);
                recipients.remove(known);
            }
            assertThat(owed.count()).isEqualTo(model.size());
            for (int other = 0; other <= 60; other++) {
                var asked = new RecipientId(new MessageId(other % 3, other / 4), other % 4);
                assertThat(owed.find(asked.message(), asked.index()))
                        .isEqualTo(model.getOrDefault(asked, OwedSlots.NONE));
            }
        }
    }
}
