package org.sluicemta.account;

import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.sluicemta.world.Disk;

/// Names of accounting files: `acct.csv` is written as `acct-2024-05-01-0000.csv`; the number has four digits or more
/// and rises with each file of a day.
///
/// @param stem `acct` of `acct.csv`
/// @param ending `.csv`, or empty
record FileName(String stem, String ending) {
    /// What a name says.
    record Dated(LocalDate day, int number) {}

    private static final int DATE = 10;

    static FileName of(Path path) {
        String name = String.valueOf(path.getFileName());
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? new FileName(name, "") : new FileName(name.substring(0, dot), name.substring(dot));
    }

    String name(LocalDate day, int number) {
        byte[] digits = new byte[Math.max(4, Integer.toString(number).length())];
        LocalTimes.digits(digits, 0, digits.length, number);
        return stem + "-" + day + "-" + new String(digits, java.nio.charset.StandardCharsets.US_ASCII) + ending;
    }

    /// Day and number of one of our names; empty for any other.
    Optional<Dated> parse(String name) {
        int start = stem.length() + 1;
        int end = name.length() - ending.length();
        boolean isShaped = name.startsWith(stem + "-")
                && name.endsWith(ending)
                && end - start >= DATE + 5
                && name.charAt(start + DATE) == '-';
        if (!isShaped) {
            return Optional.empty();
        }
        String number = name.substring(start + DATE + 1, end);
        if (number.length() > 9 || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Dated(LocalDate.parse(name.substring(start, start + DATE)), Integer.parseInt(number)));
        } catch (DateTimeParseException noDate) {
            return Optional.empty();
        }
    }

    /// The first free number of a day behind those that are there.
    int nextNumber(LocalDate day, List<Disk.Entry> there) {
        return there.stream()
                        .map(entry -> parse(entry.name()))
                        .flatMap(Optional::stream)
                        .filter(dated -> dated.day().equals(day))
                        .mapToInt(Dated::number)
                        .max()
                        .orElse(-1)
                + 1;
    }
}
