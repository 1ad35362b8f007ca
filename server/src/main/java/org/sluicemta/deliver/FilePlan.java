package org.sluicemta.deliver;

import java.util.Locale;
import org.sluicemta.mail.Address;

/// How the mail of a queue becomes files (`type file`). Immutable.
///
/// @param destination a folder; `$user`, `$domain`, `$to`, `$from` stand for parts of the envelope in lower case,
///     `$user` up to a `+`. Empty: none is configured
/// @param asPickup whether the envelope stands in front, in the form of the pickup folder; else the message alone
public record FilePlan(String destination, boolean asPickup) {
    /// The folder for a recipient. What comes from the envelope can never lead out of the folder that the configuration
    /// means: it has no slash and does not begin with a dot.
    String folder(String reversePath, String forwardPath) {
        if (destination.indexOf('$') < 0) {
            return destination;
        }
        Address to = Address.ofChecked(forwardPath);
        String local = to.localPart();
        int plus = local.indexOf('+');
        String user = plus > 0 ? local.substring(0, plus) : local;
        var folder = new StringBuilder();
        int at = 0;
        while (at < destination.length()) {
            int end = at + 1;
            if (destination.charAt(at) == '$') {
                while (end < destination.length() && Character.isLetter(destination.charAt(end))) {
                    end++;
                }
                switch (destination.substring(at + 1, end)) {
                    case "user" -> folder.append(name(user));
                    case "domain" -> folder.append(name(to.domain()));
                    case "to" -> folder.append(name(forwardPath));
                    case "from" -> folder.append(name(reversePath));
                    default -> folder.append(destination, at, end);
                }
            } else {
                folder.append(destination.charAt(at));
            }
            at = end;
        }
        return folder.toString();
    }

    private static String name(String text) {
        var name = new StringBuilder(text.toLowerCase(Locale.ROOT));
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '/' || c < ' ' || c == '.' && i == 0) {
                name.setCharAt(i, '_');
            }
        }
        return name.isEmpty() ? "_" : name.toString();
    }
}
