package org.sluicemta.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sluicemta.config.FileRights;

/// Who may read a new private key. It is its owner's alone, but in a folder that was made for keys of the service: one
/// whose new files take its group (the set-group-ID bit, as of `/etc/sluice/dkim`), where that is a group of the
/// service's user. Nowhere else does a group mean that.
///
/// Blocks; on the thread of one command.
final class KeyRights {
    private static final int SET_GROUP_ID = 02000;

    private KeyRights() {}

    /// Gives the group of such a folder the right to read.
    ///
    /// @param key a file that its owner alone may read
    /// @param account the service's user, if this machine has one
    /// @return for the operator: who may read it now, and the command that mends it where the service may not
    static String settle(Path key, Optional<FileRights.Account> account) throws IOException {
        String alone = "Its owner alone may read it";
        if (account.isEmpty()
                || !key.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return alone + "; give it to the user that the server runs as.";
        }
        FileRights.Account service = account.get();
        Map<String, Object> file = Files.readAttributes(key, "unix:uid,gid,group");
        if (file.get("uid") instanceof Integer owner && owner == service.user()) {
            return alone + ": " + service.name() + ", as whom the server runs.";
        }
        boolean isOfItsGroup =
                file.get("gid") instanceof Integer group && service.groups().contains(group);
        if (isOfItsGroup && takesGroups(key.toAbsolutePath().getParent())) {
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
            return "Its owner and the group " + file.get("group") + " may read it, and so may " + service.name()
                    + ", as whom the server runs.";
        }
        return alone + ". " + service.name() + ", as whom the server runs, may not: "
                + (isOfItsGroup ? "" : "chgrp $(id -gn " + service.name() + ") " + key.toAbsolutePath() + " && ")
                + "chmod g+r " + key.toAbsolutePath();
    }

    private static boolean takesGroups(@Nullable Path folder) throws IOException {
        return folder != null
                && Files.getAttribute(folder, "unix:mode") instanceof Integer mode
                && (mode & SET_GROUP_ID) != 0;
    }
}
