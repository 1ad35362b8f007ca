package org.sluicemta.config;

import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Holds a configuration against the machine: addresses, the limit of open files, and the files that it names as the
/// service's user would find them. Nothing here is an error: the machine may still be on its way to what is written.
/// Owner: the thread of one check; blocks in [FileRights].
final class OnThisMachine {
    /// Files beside connections: the journal, logs, listeners, libraries.
    private static final int OTHER_FILES = 256;
    private static final int READ = 4;
    private static final int WRITE = 2;
    private static final int ENTER = 1;

    private final Machine machine;
    private final Problems problems;

    private OnThisMachine(Machine machine, Problems problems) {
        this.machine = machine;
        this.problems = problems;
    }

    /// @param read the names of all files that the configuration consists of
    static void check(
            Configuration configuration, Mentions mentions, Set<String> read, Machine machine, Problems problems) {
        OnThisMachine here = new OnThisMachine(machine, problems);
        here.twoConfigurations();
        here.fileLimit(configuration);
        mentions.addresses().forEach(here::address);
        here.files(mentions.files(), read);
    }

    private void twoConfigurations() {
        if (!machine.passedOver().isEmpty()) {
            problems.warning(
                    "two-configurations",
                    null,
                    machine.passedOver() + " is there as well and is not read",
                    "of the two usual files the first one holds alone",
                    "remove one of them, or name the one that is meant");
        }
    }

    private void fileLimit(Configuration configuration) {
        long out = configuration.global(Directives.TOTAL_MAX_SMTP_OUT).value();
        long in = configuration.global(Directives.TOTAL_MAX_SMTP_IN).value();
        long needed = Math.min(Integer.MAX_VALUE, out) + Math.min(Integer.MAX_VALUE, in) + OTHER_FILES;
        if (machine.mostOpenFiles() == 0 || needed <= machine.mostOpenFiles()) {
            return;
        }
        SettingsBlock.Assigned line = configuration.parts().global().get(Directives.TOTAL_MAX_SMTP_OUT);
        problems.warning(
                "file-limit",
                line == null ? null : line.place(),
                "the operating system allows " + machine.mostOpenFiles() + " open files, and total-max-smtp-out "
                        + Spelling.of(out) + " with total-max-smtp-in " + Spelling.of(in) + " need " + needed,
                "every connection is an open file, and " + OTHER_FILES + " more are for the spool, logs and listeners",
                "raise the limit (LimitNOFILE= of the service, or ulimit -n), or lower the totals");
    }

    // ---- addresses

    /// An address that a line asks for.
    record Address(Cidr range, String directive, Place place) {}

    private void address(Address wanted) {
        if (machine.addresses().isEmpty() || isHere(wanted.range())) {
            return;
        }
        boolean isListener = wanted.directive().equals("smtp-listener");
        problems.grouped(
                "address " + wanted.directive(),
                "address-not-here",
                Problem.Severity.WARNING,
                wanted.place(),
                "this machine has no address " + wanted.range(),
                isListener ? "mail is accepted on local addresses" : "mail leaves by local addresses only",
                isListener
                        ? "mend the address, or add it to a network interface before the start"
                        : "mend the address, or add it to a network interface; until then mail of the virtual MTA waits");
    }

    private boolean isHere(Cidr range) {
        if (range.prefixLength() == 0
                || range.isSingleAddress() && range.first().isAnyLocalAddress()) {
            return true;
        }
        for (InetAddress each : machine.addresses()) {
            // All of 127.0.0.0/8 is local where one of it is.
            boolean isLoopback = each.isLoopbackAddress()
                    && range.first().isLoopbackAddress()
                    && each.getAddress().length == range.first().getAddress().length;
            if (isLoopback || range.contains(each)) {
                return true;
            }
        }
        return false;
    }

    // ---- files

    private void files(List<NamedFile> named, Set<String> read) {
        boolean hasKeyApart = named.stream().anyMatch(each -> each.directive().equals("smtp-server-tls-private-key"));
        Set<String> seen = new HashSet<>();
        for (NamedFile each : named) {
            Path path = pathOf(each.path());
            if (path == null || !seen.add(each.use() + " " + each.path())) {
                continue;
            }
            boolean isPublic = hasKeyApart && each.directive().equals("smtp-server-tls-certificate");
            switch (each.use()) {
                case KEY -> {
                    if (reads(each, path) && !isPublic) {
                        isSecret(each, path);
                    }
                }
                case READ -> reads(each, path);
                case WRITE -> writes(each, path);
                case FOLDER -> fills(each, path);
                case RUN -> runs(each, path);
            }
        }
        for (String each : read) {
            Path path = pathOf(each);
            if (path != null && !WebAddress.isMeant(each)) {
                reads(
                        new NamedFile(
                                NamedFile.Use.READ, each, "include", new Place(new SourceFile(each, ""), 1, 1, 1)),
                        path);
            }
        }
    }

    private static @Nullable Path pathOf(String text) {
        try {
            return text.isEmpty() || text.indexOf('*') >= 0
                    ? null
                    : Path.of(text).toAbsolutePath();
        } catch (InvalidPathException notAPath) {
            return null;
        }
    }

    private boolean reads(NamedFile file, Path path) {
        if (machine.confinement().hides(path)) {
            tell(
                    "named-file-unreadable",
                    file,
                    userName() + " may not read " + file.path() + ": its unit hides the folder (ProtectHome=)",
                    "put it elsewhere, such as below /etc/sluice");
            return false;
        }
        return switch (machine.rights().look(path)) {
            case FileRights.Look.Missing _ -> missing(file);
            case FileRights.Look.Hidden _ -> false;
            case FileRights.Look.Found found -> {
                closed(path, found, READ)
                        .ifPresent(closed -> tell(
                                "named-file-unreadable",
                                file,
                                userName() + " may not read " + file.path() + ": " + shown(closed.at()),
                                mend(closed)));
                yield true;
            }
        };
    }

    private boolean missing(NamedFile file) {
        tell("named-file-missing", file, file.path() + " is not there", "make the file, or mend the path");
        return false;
    }

    private void isSecret(NamedFile file, Path path) {
        if (machine.rights().look(path) instanceof FileRights.Look.Found found
                && (found.mode() & READ) != 0
                && foldersOf(found.path()).stream().allMatch(each -> (each.mode() & ENTER) != 0)) {
            problems.warning(
                    "key-world-readable",
                    file.place(),
                    "everybody on this machine may read the private key " + file.path(),
                    "whoever has the key can sign and answer in your name",
                    "take the right away: chmod o-r " + file.path());
        }
    }

    /// @return whether that was told
    private boolean isReadOnly(NamedFile file, Path path) {
        Path folder = file.use() == NamedFile.Use.FOLDER ? path : Objects.requireNonNullElse(path.getParent(), path);
        boolean isKept = machine.confinement().keepsFromWriting(folder);
        if (isKept) {
            unwritable(
                    file,
                    "its unit leaves all read-only but "
                            + machine.confinement().writable().stream()
                                    .map(Path::toString)
                                    .collect(Collectors.joining(", ")),
                    "add a line ReadWritePaths=" + folder
                            + " below [Service] with systemctl edit sluice, and restart it");
        }
        return isKept;
    }

    private void writes(NamedFile file, Path path) {
        if (isReadOnly(file, path)) {
            return;
        }
        switch (machine.rights().look(path)) {
            case FileRights.Look.Hidden _ -> {}
            case FileRights.Look.Found found -> unwritable(file, closed(path, found, WRITE));
            case FileRights.Look.Missing _ -> {
                Path folder = path.getParent();
                if (folder != null) {
                    makesIn(file, folder, false);
                }
            }
        }
    }

    private void fills(NamedFile file, Path path) {
        if (isReadOnly(file, path)) {
            return;
        }
        // The server makes neither: a folder that appears by itself would hide a slip in its name.
        boolean isExpected =
                file.directive().equals("pickup") || file.directive().equals("file-destination");
        Path fixed = beforeVariables(path);
        if (isExpected && machine.rights().look(fixed) instanceof FileRights.Look.Missing) {
            missing(file);
        } else {
            makesIn(file, fixed, true);
        }
    }

    /// As far as the path is the same for every message.
    private static Path beforeVariables(Path path) {
        for (int i = 0; i < path.getNameCount(); i++) {
            if (path.getName(i).toString().indexOf('$') >= 0) {
                Path root = Objects.requireNonNull(path.getRoot(), "absolute");
                return i == 0 ? root : root.resolve(path.subpath(0, i));
            }
        }
        return path;
    }

    /// @param isMade whether a folder that is not there is made
    private void makesIn(NamedFile file, Path folder, boolean isMade) {
        switch (machine.rights().look(folder)) {
            case FileRights.Look.Hidden _ -> {}
            case FileRights.Look.Found found -> unwritable(file, closed(folder, found, WRITE | ENTER));
            case FileRights.Look.Missing _ -> {
                Path above = folder.getParent();
                if (!isMade) {
                    unwritable(file, "the folder " + folder + " is not there", "make the folder, or mend the path");
                } else if (above != null) {
                    makesIn(file, above, true);
                }
            }
        }
    }

    private void unwritable(NamedFile file, Optional<Closed> why) {
        why.ifPresent(closed -> unwritable(file, shown(closed.at()), mend(closed)));
    }

    private void unwritable(NamedFile file, String why, String mend) {
        tell("named-file-unwritable", file, userName() + " may not write " + file.path() + ": " + why, mend);
    }

    private void runs(NamedFile file, Path path) {
        if (file.path().indexOf('/') < 0) {
            // A bare name is looked for where the service's PATH says.
            return;
        }
        switch (machine.rights().look(path)) {
            case FileRights.Look.Missing _ -> missing(file);
            case FileRights.Look.Hidden _ -> {}
            case FileRights.Look.Found found -> {
                String what = userName() + " may not run " + file.path() + ": ";
                if (found.isFolder()) {
                    tell("program-not-runnable", file, what + "it is a folder", "name a program");
                } else {
                    closed(path, found, ENTER)
                            .ifPresent(closed ->
                                    tell("program-not-runnable", file, what + shown(closed.at()), mend(closed)));
                }
            }
        }
    }

    private String userName() {
        return machine.account().map(FileRights.Account::name).orElse("the service");
    }

    private void tell(String id, NamedFile file, String what, String mend) {
        problems.warning(
                id,
                file.place(),
                file.directive() + ": " + what,
                "the server finds its files as the user of its service",
                mend);
    }

    /// What keeps the user out.
    ///
    /// @param at a folder on the way, or the thing itself
    /// @param bits the rights that it does not give
    /// @param isOnTheWay whether it is such a folder
    private record Closed(FileRights.Account account, FileRights.Look.Found at, int bits, boolean isOnTheWay) {}

    /// What keeps the user from this: a folder on the way, or the thing itself.
    ///
    /// @param path as it is named, whose folders count too: links in them are followed
    private Optional<Closed> closed(Path path, FileRights.Look.Found found, int bits) {
        if (machine.account().isEmpty()) {
            return Optional.empty();
        }
        FileRights.Account account = machine.account().get();
        Set<FileRights.Look.Found> way = new LinkedHashSet<>(foldersOf(path));
        way.addAll(foldersOf(found.path()));
        for (FileRights.Look.Found folder : way) {
            if (!may(account, folder, ENTER)) {
                return Optional.of(new Closed(account, folder, ENTER, true));
            }
        }
        return may(account, found, bits) ? Optional.empty() : Optional.of(new Closed(account, found, bits, false));
    }

    /// The commands that open it to the user and to nobody else.
    private static String mend(Closed closed) {
        FileRights.Look.Found at = closed.at();
        StringBuilder rights = new StringBuilder();
        for (int bit = 2; bit >= 0; bit--) {
            rights.append((closed.bits() >> bit & 1) == 0 ? "" : "xwr".charAt(bit));
        }
        String name = closed.account().name();
        String commands;
        if (closed.account().user() == at.owner()) {
            commands = "chmod u+" + rights + " " + at.path();
        } else if (closed.account().groups().contains(at.group())) {
            commands = "chmod g+" + rights + " " + at.path();
        } else {
            commands = "chgrp " + name + " " + at.path() + " && chmod g+" + rights + " " + at.path();
        }
        return closed.isOnTheWay()
                ? commands + ", or put it where " + name + " may come"
                : commands + ", or name another path";
    }

    /// The folders on the way, the root first, as far as they can be seen.
    private List<FileRights.Look.Found> foldersOf(Path path) {
        List<FileRights.Look.Found> folders = new ArrayList<>();
        Path each = path.getParent();
        while (each != null) {
            if (machine.rights().look(each) instanceof FileRights.Look.Found found) {
                folders.addFirst(found);
            }
            each = each.getParent();
        }
        return folders;
    }

    private static boolean may(FileRights.Account account, FileRights.Look.Found found, int bits) {
        if (account.user() == 0) {
            return found.isFolder() || (bits & ENTER) == 0 || (found.mode() & 0111) != 0;
        }
        int shift = account.user() == found.owner() ? 6 : account.groups().contains(found.group()) ? 3 : 0;
        return (found.mode() >> shift & bits) == bits;
    }

    private static String shown(FileRights.Look.Found found) {
        StringBuilder out = new StringBuilder().append(found.path()).append(" is ");
        out.append(found.isFolder() ? 'd' : '-');
        for (int bit = 8; bit >= 0; bit--) {
            out.append((found.mode() >> bit & 1) == 0 ? '-' : "xwr".charAt(bit % 3));
        }
        return out.append(' ').append(found.shown()).toString();
    }
}
