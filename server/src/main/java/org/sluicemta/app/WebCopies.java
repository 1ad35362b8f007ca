package org.sluicemta.app;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last good copies of included documents, one file each, named by the hash of the address. A file begins with
/// five lines for people and for the check of what follows: what it is, the address, when it was fetched, the
/// SHA-256 of the document, and an empty one.
///
/// A copy is written beside and renamed, so a crash leaves the old one or the new one; one that was damaged all the
/// same is no copy. Copies of addresses that are included no longer stay: they are small, and the line may come
/// back. Blocks; never on a loop.
final class WebCopies {
    private static final String HEAD = "# A copy kept by sluice";
    private static final int HEAD_LINES = 5;
    private static final int LONGEST_HEAD = 16 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(WebCopies.class);

    private final Path folder;

    /// @param folder there or not
    WebCopies(Path folder) {
        this.folder = folder;
    }

    /// @param at when it was fetched
    record Copy(byte[] bytes, Instant at) {}

    /// @return null where there is no sound copy
    @Nullable
    Copy find(URI address) {
        Path file = fileOf(address);
        try {
            if (Files.size(file) > WebIncludes.MOST_DOCUMENT_BYTES + LONGEST_HEAD) {
                LOG.warn("{} is too large for a copy of {}", file, address);
                return null;
            }
            Copy copy = parse(Files.readAllBytes(file), address);
            if (copy == null) {
                LOG.warn("{} is damaged and no copy of {}", file, address);
            }
            return copy;
        } catch (NoSuchFileException none) {
            return null;
        } catch (IOException broken) {
            LOG.warn("{}, the copy of {}, cannot be read: {}", file, address, broken.toString());
            return null;
        }
    }

    private static @Nullable Copy parse(byte[] all, URI address) {
        int from = 0;
        String[] lines = new String[HEAD_LINES];
        for (int i = 0; i < HEAD_LINES; i++) {
            int end = from;
            while (end < all.length && all[end] != '\n') {
                end++;
            }
            lines[i] = new String(all, from, end - from, StandardCharsets.UTF_8);
            from = Math.min(all.length, end + 1);
        }
        byte[] bytes = Arrays.copyOfRange(all, from, all.length);
        if (!lines[0].equals(HEAD) || !lines[1].equals("# " + address) || !lines[3].equals("# " + hash(bytes))) {
            return null;
        }
        try {
            return new Copy(bytes, Instant.parse(lines[2].substring(2)));
        } catch (DateTimeParseException damaged) {
            return null;
        }
    }

    /// @return why it is not kept, or nothing
    Optional<String> keep(URI address, byte[] bytes) {
        String head = HEAD + "\n# " + address + "\n# " + Instant.now() + "\n# " + hash(bytes) + "\n\n";
        Path file = fileOf(address);
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.createDirectories(folder);
            try (FileChannel out = FileChannel.open(
                    beside,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                write(out, head.getBytes(StandardCharsets.UTF_8));
                write(out, bytes);
                out.force(true);
            }
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return Optional.empty();
        } catch (AccessDeniedException denied) {
            return Optional.of(denied.getFile() + ": permission denied; let the service's user write to " + folder);
        } catch (IOException broken) {
            return Optional.of(broken.toString());
        }
    }

    private static void write(FileChannel out, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            out.write(left);
        }
    }

    private Path fileOf(URI address) {
        return folder.resolve(
                hash(address.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 32) + ".conf");
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
