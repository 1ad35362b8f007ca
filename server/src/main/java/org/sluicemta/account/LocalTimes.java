package org.sluicemta.account;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;

/// Times as accounting prints them, `2024-05-01 09:30:02-0400`, in one zone. Rows of one moment share their seconds, so
/// the texts are kept for a while. Owner: one reader.
final class LocalTimes {
    private static final int KEPT = 256;
    private final ZoneId zone;
    private final long[] seconds = new long[KEPT];
    private final byte[][] texts = new byte[KEPT][];

    LocalTimes(ZoneId zone) {
        this.zone = zone;
        Arrays.fill(seconds, Long.MIN_VALUE);
    }

    byte[] text(long millis) {
        long second = Math.floorDiv(millis, 1000L);
        int slot = (int) (second & KEPT - 1);
        if (seconds[slot] != second) {
            texts[slot] = print(second);
            seconds[slot] = second;
        }
        return texts[slot];
    }

    /// The day of a moment.
    LocalDate day(long millis) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(millis), zone);
    }

    /// The first moment of the next day. Days of 23 and 25 hours, and days whose midnight does not exist, included.
    long nextMidnightMillis(long millis) {
        return day(millis).plusDays(1).atStartOfDay(zone).toInstant().toEpochMilli();
    }

    private byte[] print(long second) {
        ZonedDateTime time = Instant.ofEpochSecond(second).atZone(zone);
        ZoneOffset offset = time.getOffset();
        byte[] text = new byte[24];
        digits(text, 0, 4, time.getYear());
        text[4] = '-';
        digits(text, 5, 2, time.getMonthValue());
        text[7] = '-';
        digits(text, 8, 2, time.getDayOfMonth());
        text[10] = ' ';
        digits(text, 11, 2, time.getHour());
        text[13] = ':';
        digits(text, 14, 2, time.getMinute());
        text[16] = ':';
        digits(text, 17, 2, time.getSecond());
        int minutes = offset.getTotalSeconds() / 60;
        text[19] = (byte) (minutes < 0 ? '-' : '+');
        digits(text, 20, 2, Math.abs(minutes) / 60);
        digits(text, 22, 2, Math.abs(minutes) % 60);
        return text;
    }

    static void digits(byte[] to, int at, int count, int value) {
        int rest = Math.abs(value);
        for (int i = at + count - 1; i >= at; i--) {
            to[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
