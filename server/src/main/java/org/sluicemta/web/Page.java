package org.sluicemta.web;

import java.util.List;
import java.util.Map;

/// Pages for those who have no script, or no use for the console: what the command prints, with a way around. Whatever
/// comes from outside is escaped.
final class Page {
    private static final Map<String, String> MENU = new java.util.LinkedHashMap<>();

    static {
        MENU.put("/", "Home");
        MENU.put("/status", "Status");
        MENU.put("/queues", "Queues");
        MENU.put("/domains", "Domains");
        MENU.put("/vmtas", "Virtual MTAs");
        MENU.put("/jobs", "Jobs");
        MENU.put("/logs", "Logs");
        MENU.put("/command", "Command");
    }

    private Page() {}

    static String escaped(String text) {
        var out = new StringBuilder(text.length() + 32);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c < ' ' && c != '\n' && c != '\t' ? ' ' : c);
            }
        }
        return out.toString();
    }

    private static StringBuilder head(String title) {
        return new StringBuilder(4096)
                .append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(escaped(title))
                .append(" - Sluice</title><link rel=\"stylesheet\" href=\"/plain.css\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head><body>\n");
    }

    /// @param blocks texts of commands
    /// @param more HTML, escaped already
    static String of(String title, List<String> blocks, String more) {
        StringBuilder out = head(title).append("<nav>");
        MENU.forEach((path, name) ->
                out.append("<a href=\"").append(path).append("\">").append(name).append("</a> "));
        out.append("</nav>\n<h1>").append(escaped(title)).append("</h1>\n");
        for (String each : blocks) {
            out.append("<pre>").append(escaped(each)).append("</pre>\n");
        }
        return out.append(more).append("</body></html>\n").toString();
    }

    static String failure(int status, String text) {
        return head(Integer.toString(status))
                .append("<h1>")
                .append(status)
                .append("</h1>\n<p>")
                .append(escaped(text))
                .append("</p>\n</body></html>\n")
                .toString();
    }

    static String login(String remark) {
        return head("Log in")
                .append("<h1>Sluice</h1>\n<form method=\"post\" action=\"/login\">")
                .append("<label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" ")
                .append("autofocus></label> <button>Log in</button></form>\n<p>")
                .append(escaped(remark))
                .append("</p>\n</body></html>\n")
                .toString();
    }

    static String commandForm(String token) {
        return "<form method=\"post\" action=\"/command\"><input type=\"hidden\" name=\"csrf\" value=\""
                + escaped(token)
                + "\"><label>Command <input name=\"command\" size=\"60\" autofocus></label> <button>Run</button></form>\n"
                + "<form method=\"post\" action=\"/logout\"><input type=\"hidden\" name=\"csrf\" value=\""
                + escaped(token) + "\"><button>Log out</button></form>\n";
    }
}
