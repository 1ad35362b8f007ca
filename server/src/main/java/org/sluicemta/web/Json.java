package org.sluicemta.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// JSON as it comes and goes here.
final class Json {
    /// Of a command.
    static final int MOST_WORDS = 64;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(4)
                    .maxStringLength(4096)
                    .build())
            .build();

    /// For what our own commands wrote.
    private static final JsonFactory ANSWERS = new JsonFactory();

    /// Writes into a document.
    interface Writing {
        void into(JsonGenerator out) throws IOException;
    }

    private Json() {}

    /// @param inside of the outer braces
    static String object(Writing inside) {
        var text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            out.writeStartObject();
            inside.into(out);
            out.writeEndObject();
        } catch (IOException broken) {
            throw new WebException("a document in memory cannot be written", broken);
        }
        return text.append('\n').toString();
    }

    /// With its quotes.
    static String text(String value) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(value)) + '"';
    }

    /// Writes the fields of an object inside a document that a command answered.
    ///
    /// @param without names that are left out
    /// @param path from the outer object; of an array the first item is meant. Where it leads nowhere nothing is
    /// written
    static void copyFields(JsonGenerator out, String document, Set<String> without, String... path) throws IOException {
        try (JsonParser in = ANSWERS.createParser(document)) {
            in.nextToken();
            for (String each : path) {
                if (!enter(in, each)) {
                    return;
                }
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                in.nextToken();
                if (without.contains(name)) {
                    in.skipChildren();
                } else {
                    out.writeFieldName(name);
                    out.copyCurrentStructure(in);
                }
            }
        }
    }

    /// The names of the fields that [#copyFields] would copy.
    static List<String> names(String document, String... path) throws IOException {
        var names = new ArrayList<String>();
        try (JsonParser in = ANSWERS.createParser(document)) {
            in.nextToken();
            for (String each : path) {
                if (!enter(in, each)) {
                    return names;
                }
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                names.add(in.currentName());
                in.nextToken();
                in.skipChildren();
            }
        }
        return names;
    }

    /// The text of a field.
    ///
    /// @param path to the object, and the field's name; empty where it leads nowhere
    static String find(String document, String... path) throws IOException {
        try (JsonParser in = ANSWERS.createParser(document)) {
            in.nextToken();
            for (int i = 0; i < path.length - 1; i++) {
                if (!enter(in, path[i])) {
                    return "";
                }
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                boolean isIt = in.currentName().equals(path[path.length - 1]);
                in.nextToken();
                if (isIt) {
                    return in.getValueAsString("");
                }
                in.skipChildren();
            }
        }
        return "";
    }

    /// Goes into a field of the object at hand.
    private static boolean enter(JsonParser in, String name) throws IOException {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            boolean isIt = in.currentName().equals(name);
            JsonToken value = in.nextToken();
            if (!isIt) {
                in.skipChildren();
            } else {
                return value == JsonToken.START_OBJECT
                        || value == JsonToken.START_ARRAY && in.nextToken() == JsonToken.START_OBJECT;
            }
        }
        return false;
    }

    /// The words of `{"command":["pause","queue","example.com/*"]}`.
    ///
    /// @return empty where the body is anything else, or has more than [#MOST_WORDS] words
    static Optional<List<String>> command(byte[] body) {
        var words = new ArrayList<String>();
        try (JsonParser in = FACTORY.createParser(body)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                boolean isCommand = in.currentName().equals("command");
                JsonToken value = in.nextToken();
                if (!isCommand) {
                    in.skipChildren();
                } else if (value != JsonToken.START_ARRAY || !words.isEmpty()) {
                    return Optional.empty();
                } else {
                    while (in.nextToken() == JsonToken.VALUE_STRING) {
                        words.add(in.getText());
                    }
                    if (in.currentToken() != JsonToken.END_ARRAY || words.size() > MOST_WORDS) {
                        return Optional.empty();
                    }
                }
            }
            return in.currentToken() == JsonToken.END_OBJECT && !words.isEmpty()
                    ? Optional.of(List.copyOf(words))
                    : Optional.empty();
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }
}
