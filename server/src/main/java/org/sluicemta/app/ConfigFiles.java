package org.sluicemta.app;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.config.FileSource;

/// Configuration files from the file system of this machine. Blocks; used at start, on reload and by the check,
/// never on a loop.
public final class ConfigFiles implements FileSource {
    @Override
    public Content read(Path file) {
        try {
            if (Files.isDirectory(file)) {
                return new Content.Unreadable("it is a folder");
            }
            if (Files.size(file) > MOST_BYTES) {
                return new Content.Unreadable("it is larger than " + (MOST_BYTES >> 20) + " MB");
            }
            return new Content.Found(Files.readAllBytes(file));
        } catch (NoSuchFileException missing) {
            return new Content.Missing();
        } catch (AccessDeniedException denied) {
            return new Content.Unreadable("permission denied");
        } catch (IOException broken) {
            return new Content.Unreadable(broken.toString());
        }
    }

    @Override
    public List<Entry> list(Path folder) {
        List<Entry> found = new ArrayList<>();
        try (DirectoryStream<Path> names = Files.newDirectoryStream(folder)) {
            for (Path each : names) {
                found.add(new Entry(each.getFileName().toString(), Files.isDirectory(each)));
            }
        } catch (NoSuchFileException | NotDirectoryException none) {
            return List.of();
        } catch (IOException broken) {
            // A pattern matches what can be seen; what cannot be seen is the check's business under the service's user.
            return List.copyOf(found);
        }
        return List.copyOf(found);
    }
}
