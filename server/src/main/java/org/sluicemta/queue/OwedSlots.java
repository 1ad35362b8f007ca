package org.sluicemta.queue;

import java.util.Arrays;
import org.sluicemta.mail.MessageId;

/// Finds the slot of a recipient whose report is owed by its id: they are in no list. An open-addressed table of 4
/// bytes a place, at most half full.
///
/// Owner: its shard.
final class OwedSlots {
    static final int NONE = -1;
    private static final int FIRST_SIZE = 16;

    private final Recipients recipients;
    private final Messages messages;
    private int[] places = empty(FIRST_SIZE);
    private int count;

    OwedSlots(Recipients recipients, Messages messages) {
        this.recipients = recipients;
        this.messages = messages;
    }

    int count() {
        return count;
    }

    int find(MessageId id, int index) {
        int place = place(hash(id, index));
        for (; places[place] != NONE; place = next(place)) {
            int slot = places[place];
            if (recipients.index(slot) == index
                    && messages.id(recipients.message(slot)).equals(id)) {
                return slot;
            }
        }
        return NONE;
    }

    void add(int slot) {
        if (2 * (count + 1) > places.length) {
            int[] old = places;
            places = empty(old.length * 2);
            for (int each : old) {
                if (each != NONE) {
                    put(each);
                }
            }
        }
        put(slot);
        count++;
    }

    private void put(int slot) {
        int place = place(hash(slot));
        while (places[place] != NONE) {
            place = next(place);
        }
        places[place] = slot;
    }

    /// To be called while the recipient still has its slot.
    void remove(int slot) {
        int place = place(hash(slot));
        while (places[place] != slot) {
            if (places[place] == NONE) {
                return;
            }
            place = next(place);
        }
        places[place] = NONE;
        count--;
        // Whatever stands behind it may have been pushed there by it.
        for (int each = next(place); places[each] != NONE; each = next(each)) {
            int moved = places[each];
            places[each] = NONE;
            put(moved);
        }
    }

    private int hash(int slot) {
        return hash(messages.id(recipients.message(slot)), recipients.index(slot));
    }

    private static int hash(MessageId id, int index) {
        return id.hashCode() * 0x9E3779B9 + index * 0x85EBCA6B;
    }

    private int place(int hash) {
        return (hash ^ hash >>> 16) & places.length - 1;
    }

    private int next(int place) {
        return place + 1 & places.length - 1;
    }

    private static int[] empty(int size) {
        int[] places = new int[size];
        Arrays.fill(places, NONE);
        return places;
    }
}
