package org.sluicemta.control;

/// How an answer is written: `--xml`, `--dom`, `--json`, or text for a person.
public enum OutputFormat {
    TEXT,
    XML,
    DOM,
    JSON;

    /// Writes an answer; `text` is used for [#TEXT].
    String render(Answered answer, String message, String text) {
        return switch (this) {
            case TEXT -> text;
            case XML -> answer.xml(message);
            case DOM -> answer.dom();
            case JSON -> answer.json(message);
        };
    }
}
