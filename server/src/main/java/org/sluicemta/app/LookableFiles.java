package org.sluicemta.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sluicemta.config.Configuration;
import org.sluicemta.config.Directives;
import org.sluicemta.web.WebFiles;

/// The log and accounting files of a configuration, for the management port. A file is found in a listing made now, by
/// its name alone: no name that somebody sends is ever made a path of. Links are not followed.
final class LookableFiles implements WebFiles {
    private static final Logger LOG = LoggerFactory.getLogger(LookableFiles.class);
    private static final int MOST = 1_000;
    /// Entries of one folder that are looked at.
    private static final int MOST_IN_A_FOLDER = 20_000;

    private final Supplier<Configuration> configuration;

    /// @param configuration the one in use; from any thread
    LookableFiles(Supplier<Configuration> configuration) {
        this.configuration = configuration;
    }

    private record Found(Path path, Listed listed) {}

    @Override
    public List<Listed> list() {
        return found().stream().map(Found::listed).toList();
    }

    @Override
    public Optional<InputStream> open(String name) {
        for (Found each : found()) {
            if (each.listed.name().equals(name)) {
                try {
                    return Optional.of(
                            Files.newInputStream(each.path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
                } catch (IOException gone) {
                    LOG.warn("the file {} cannot be shown: {}", each.path, gone.getMessage());
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /// The newest first; of equal names the first.
    private List<Found> found() {
        List<Found> all = new ArrayList<>();
        Configuration now = configuration.get();
        String log = now.global(Directives.LOG_FILE).value();
        if (!log.isEmpty()) {
            add(Path.of(log), "", all);
        }
        for (Configuration.AcctFile each : now.acctFiles()) {
            if (!each.path().startsWith("|")) {
                Path path = Path.of(each.path());
                String name = String.valueOf(path.getFileName());
                int dot = name.lastIndexOf('.');
                add(path, dot < 0 ? "" : name.substring(dot), all);
            }
        }
        all.sort(Comparator.comparingLong((Found each) -> each.listed.changedMillis())
                .reversed());
        List<Found> unique = new ArrayList<>();
        var names = new java.util.HashSet<String>();
        for (Found each : all) {
            if (unique.size() < MOST && names.add(each.listed.name())) {
                unique.add(each);
            }
        }
        return unique;
    }

    /// The file, and those that its name was the beginning of: `log.1`, `acct-2024-05-01-0001.csv`.
    private static void add(Path file, String ending, List<Found> into) {
        Path folder = file.toAbsolutePath().getParent();
        String name = String.valueOf(file.getFileName());
        String beginning = name.substring(0, name.length() - ending.length());
        if (folder == null) {
            return;
        }
        int looked = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path each : entries) {
                if (++looked > MOST_IN_A_FOLDER) {
                    break;
                }
                String found = String.valueOf(each.getFileName());
                boolean isOurs = found.equals(name)
                        || found.length() > beginning.length() + ending.length()
                                && found.startsWith(beginning)
                                && found.endsWith(ending)
                                && found.substring(beginning.length(), found.length() - ending.length())
                                        .matches("[-.][0-9.-]{1,40}");
                if (isOurs) {
                    look(each, into);
                }
            }
        } catch (IOException | DirectoryIteratorException notThere) {
            LOG.debug("{} cannot be listed: {}", folder, notThere.getMessage());
        }
    }

    private static void look(Path path, List<Found> into) throws IOException {
        var facts = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (facts.isRegularFile()) {
            into.add(new Found(
                    path,
                    new Listed(
                            String.valueOf(path.getFileName()),
                            facts.size(),
                            facts.lastModifiedTime().toMillis())));
        }
    }
}
