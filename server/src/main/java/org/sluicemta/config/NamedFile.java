package org.sluicemta.config;

import java.util.Map;

/// A file, folder or program that the configuration names.
///
/// @param path as written, without a pipe's bar
/// @param directive the name of the directive, for messages
record NamedFile(Use use, String path, String directive, Place place) {
    /// What the server does with it.
    enum Use {
        /// It reads a private key: nobody else may.
        KEY,
        /// It reads a list, a certificate or a template.
        READ,
        /// It makes the file, or writes to it.
        WRITE,
        /// It makes the folder, or files in it.
        FOLDER,
        /// It runs the program.
        RUN
    }

    /// By name in the reference dialect; names that are not here name no file.
    private static final Map<String, Use> USES = Map.ofEntries(
            Map.entry("dkim-key-file", Use.KEY),
            Map.entry("smtp-server-tls-private-key", Use.KEY),
            Map.entry("smtp-server-tls-certificate", Use.KEY),
            Map.entry("smtp-client-certificate", Use.KEY),
            Map.entry("tls-certificate", Use.KEY),
            Map.entry("http-webhook-certificate", Use.KEY),
            Map.entry("smtp-server-tls-ca-file", Use.READ),
            Map.entry("smtp-tls-ca-file", Use.READ),
            Map.entry("http-tls-ca-file", Use.READ),
            Map.entry("http-webhook-ca-file", Use.READ),
            Map.entry("tls-ca-file", Use.READ),
            Map.entry("address-file", Use.READ),
            Map.entry("body-pattern-file", Use.READ),
            Map.entry("dsn-failed-body-template-from", Use.READ),
            Map.entry("dummy-smtp-blacklist", Use.READ),
            Map.entry("http-delivery-extra-headers", Use.READ),
            Map.entry("http-webhook-extra-headers", Use.READ),
            Map.entry("include-headers-from", Use.READ),
            Map.entry("precached-domains-file", Use.READ),
            Map.entry("log-file", Use.WRITE),
            Map.entry("acct-file", Use.WRITE),
            Map.entry("file-destination", Use.FOLDER),
            Map.entry("move-to", Use.FOLDER),
            Map.entry("pickup", Use.FOLDER),
            Map.entry("spool", Use.FOLDER),
            Map.entry("command", Use.RUN));

    /// Whether this directive names a file.
    static boolean isNamedBy(String directive) {
        return USES.containsKey(directive);
    }

    /// @param directive one that names a file
    /// @param written its path; of a program with arguments the first word is meant
    static NamedFile of(String directive, String written, Place place) {
        Use use = USES.getOrDefault(directive, Use.READ);
        String path = written;
        if (directive.equals("acct-file") && path.startsWith("|")) {
            use = Use.RUN;
            path = path.substring(1).strip();
        }
        if (use == Use.RUN) {
            var words = Words.split(path);
            path = words.isEmpty() ? "" : words.getFirst().text();
        }
        return new NamedFile(use, path, directive, place);
    }
}
