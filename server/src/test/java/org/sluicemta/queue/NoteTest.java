package org.sluicemta.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The notes of a queue.
class NoteTest {
    private @Nullable Note notes;

    private void note(long atMillis, String text) {
        notes = Note.add(notes, 3, atMillis, text);
    }

    private List<String> all() {
        return Note.all(notes).stream()
                .map(note -> note.atMillis() + " " + note.text())
                .toList();
    }

    @Test
    void theNewestAreKeptAndTheOldestGo() {
        for (int i = 1; i <= 5; i++) {
            note(i, "text " + i);
        }
        assertThat(all()).containsExactly("5 text 5", "4 text 4", "3 text 3");
    }

    @Test
    void theSameAgainOnlyRenewsItsTime() {
        note(1, "once");
        note(2, "again");
        List<QueueNote> told = Note.all(notes);
        note(9, "again");
        assertThat(all()).containsExactly("9 again", "1 once");
        assertThat(told.getFirst()).as("what was told before").isEqualTo(new QueueNote(2, "again"));
        note(10, "once");
        assertThat(all()).containsExactly("10 once", "9 again", "1 once");
    }

    @Test
    void whereNoneAreWantedNoneAreKept() {
        note(1, "text");
        notes = Note.add(notes, 0, 2, "other");
        assertThat(all()).isEmpty();
    }

    @Test
    void oneTakesThePlaceOfTheNewestOfItsKind() {
        note(1, "kind a");
        note(2, "other");
        notes = Note.replace(notes, 3, 3, "kind", "kind b");
        assertThat(all()).containsExactly("3 kind b", "2 other");
        notes = Note.replace(notes, 3, 4, "kind", "kind c");
        assertThat(all()).containsExactly("4 kind c", "2 other");
        notes = Note.replace(notes, 3, 5, "none", "none such");
        assertThat(all()).containsExactly("5 none such", "4 kind c", "2 other");
        notes = Note.replace(notes, 3, 6, "oth", "other again");
        assertThat(all()).containsExactly("6 other again", "5 none such", "4 kind c");
    }
}
