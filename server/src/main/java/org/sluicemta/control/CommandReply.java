package org.sluicemta.control;

/// What a command answers.
///
/// @param status 0 done, 1 refused or failed, 2 wrong usage
/// @param out for standard output
/// @param err for standard error
public record CommandReply(int status, String out, String err) {
    public static CommandReply done(String out) {
        return new CommandReply(0, out, "");
    }

    public static CommandReply usage(String err) {
        return new CommandReply(2, "", err.endsWith("\n") ? err : err + "\n");
    }

    /// A failure in the format that was asked for.
    public static CommandReply failed(OutputFormat format, String text) {
        return switch (format) {
            case TEXT, DOM -> new CommandReply(1, "", text + "\n");
            case XML -> {
                var out = new StringBuilder("<rsp><fail>");
                Answered.xmlText(text, out);
                yield new CommandReply(1, out.append("</fail></rsp>\n").toString(), "");
            }
            case JSON -> {
                var out = new StringBuilder("{\"data\":{},\"status\":\"error\",\"message\":");
                Answered.jsonText(text, out);
                yield new CommandReply(1, out.append("}\n").toString(), "");
            }
        };
    }
}
