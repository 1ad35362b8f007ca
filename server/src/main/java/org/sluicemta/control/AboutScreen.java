package org.sluicemta.control;

import java.util.List;

/// What the server says of itself: version, licence, and the questions whose honest answer is no.
final class AboutScreen {
    private final About about;

    AboutScreen(About about) {
        this.about = about;
    }

    Answered version() {
        return new Answered()
                .text("name", "Sluice")
                .text("version", about.version())
                .text("buildDate", about.buildDate())
                .text("revision", about.revision())
                .text("bits", "64");
    }

    String versionText() {
        return about.line() + "\n";
    }

    /// A line of the licence that is none.
    private record Line(String key, String value) {}

    private List<Line> license() {
        return List.of(
                new Line("product", "Sluice"),
                new Line("version", about.version()),
                new Line("platform", about.osName()),
                new Line("units", "unlimited"),
                new Line("instances", "unlimited"),
                new Line("licensee", "everybody: Sluice needs no licence file; one that is there is not read"),
                new Line("serial", "none"),
                new Line("issued", "never"),
                new Line("expires", "never"),
                new Line("comment", "free software under the Apache License, version 2.0"),
                new Line("copyright", "the authors of Sluice"));
    }

    Answered licenseData() {
        var data = new Answered();
        license().forEach(line -> data.text(line.key, line.value));
        return data;
    }

    String licenseText() {
        var out = new StringBuilder();
        license()
                .forEach(line -> out.append(String.format("%9s: %s", line.key, line.value))
                        .append('\n'));
        return out.toString();
    }

    static Answered precache() {
        return new Answered().text("title", "Precached domains").rows("domain", "domains", List.of());
    }

    static String precacheText() {
        return "Nothing is precached: a name is looked up when its mail is due, and the answer is kept as long as DNS "
                + "allows.\n";
    }

    static Answered registration() {
        return new Answered()
                .flag("registered", false)
                .text("comment", registrationText().strip());
    }

    static String registrationText() {
        return "Not registered: Sluice knows no management console to register with.\n";
    }
}
