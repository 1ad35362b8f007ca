package org.sluicemta.control;

/// What this server is, and the machine that it runs on. Empty texts and zeros where it is not known.
///
/// @param version e.g. `0.1`
/// @param buildDate `YYYY-MM-DD` as told by whoever built it
/// @param revision of the sources
/// @param osVersion the kernel's release
/// @param osBuild what it says of its own build
/// @param ramKilobytes of the machine
/// @param hostId of the machine: hexadecimal digits that tell it from others and nothing more
public record About(
        String version,
        String buildDate,
        String revision,
        String osName,
        String osVersion,
        String osBuild,
        String cpuType,
        int cpuCount,
        long ramKilobytes,
        String hostId) {
    /// Nothing is known of the machine.
    public static About version(String version) {
        return new About(version, "", "", "", "", "", "", 0, 0, "");
    }

    /// `Sluice v0.1 (build 2026-11-28, 64-bit; 1a2b3c).`, without what is not known.
    String line() {
        return "Sluice v" + version + " (" + (buildDate.isEmpty() ? "" : "build " + buildDate + ", ") + "64-bit"
                + (revision.isEmpty() ? "" : "; " + revision) + ").";
    }
}
