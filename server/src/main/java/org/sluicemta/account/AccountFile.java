package org.sluicemta.account;

import java.nio.file.Path;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Map;

/// One accounting file as it is configured.
///
/// @param path the name without date and number: `/var/log/sluice/acct.csv` is written as
///     `/var/log/sluice/acct-2024-05-01-0000.csv`
public record AccountFile(Path path, RowPlan rows, Rotation rotation) {
    public AccountFile {
        if (path.getFileName() == null) {
            throw new AccountException("acct-file " + path + " names no file; write e.g. /var/log/sluice/acct.csv");
        }
    }

    /// What a configuration that names only the file means.
    public static AccountFile named(Path path, ZoneId zone) {
        return new AccountFile(
                path, RowPlan.of(EnumSet.of(RowType.DELIVERY, RowType.BOUNCE), Map.of(), zone), Rotation.USUAL);
    }

    Path folder() {
        Path parent = path.getParent();
        return parent == null ? Path.of("") : parent;
    }

    ZoneId zone() {
        return rows.zone();
    }
}
