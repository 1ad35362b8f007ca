package org.sluicemta.control;

import org.jspecify.annotations.Nullable;

/// What a command answers.
///
/// @param status 0 done, 1 refused or failed, 2 wrong usage
/// @param out for standard output
/// @param err for standard error
/// @param streaming for an answer that comes bit by bit, which tells its own status and texts; else null
public record CommandReply(
        int status, String out, String err, @Nullable Streaming streaming) {
    /// Hears where its answer goes, once, within the call that answers.
    @FunctionalInterface
    public interface Streaming {
        void begin(CommandStream to);
    }

    public CommandReply(int status, String out, String err) {
        this(status, out, err, null);
    }

    /// The answer comes bit by bit.
    public static CommandReply streamed(Streaming streaming) {
        return new CommandReply(0, "", "", streaming);
    }

    public static CommandReply done(String out) {
        return new CommandReply(0, out, "");
    }

    /// The words were not understood.
    public static CommandReply usage(OutputFormat format, String text) {
        return failed(2, format, text);
    }

    /// A failure in the format that was asked for: text for a person goes to standard error, a document for a program
    /// to standard output.
    public static CommandReply failed(OutputFormat format, String text) {
        return failed(1, format, text);
    }

    private static CommandReply failed(int status, OutputFormat format, String text) {
        return switch (format) {
            case TEXT, DOM -> new CommandReply(status, "", text + "\n");
            case XML -> {
                var out = new StringBuilder("<rsp><fail>");
                Answered.xmlText(text, out);
                yield new CommandReply(status, out.append("</fail></rsp>\n").toString(), "");
            }
            case JSON -> {
                var out = new StringBuilder("{\"data\":{},\"status\":\"error\",\"message\":");
                Answered.jsonText(text, out);
                yield new CommandReply(status, out.append("}\n").toString(), "");
            }
        };
    }
}
