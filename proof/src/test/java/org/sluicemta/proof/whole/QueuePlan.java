package org.sluicemta.proof.whole;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.simulation.Seed;

/// What a configuration says of the queues of one domain, beyond what holds for all.
///
/// @param maxOut connections of a queue; 0 for what is usual
/// @param messageRate of a queue; null for none, as with the other rates
/// @param volumeRate bytes of a queue
/// @param isWindow whether its rates count by windows of the calendar
/// @param rampUpSeconds between openings; 0 for none
/// @param backoffMessageRate of a queue in backoff mode; null for the usual one
/// @param backoffMaxOut connections in backoff mode; 0 for the built-in 20
/// @param backoffExit directives that say how the mode ends
/// @param sourceMaxOut connections of a queue from one address; 0 for any number
/// @param sourceMessageRate of a queue from one address
/// @param sourceConnectRate of a queue from one address
/// @param queueTo domain whose queues take the mail; empty for its own
/// @param rerouteTo virtual MTA or pool; empty for none
/// @param backoffRerouteTo the same while in backoff mode
record QueuePlan(
        int maxOut,
        @Nullable PerUnit messageRate,
        @Nullable PerUnit connectRate,
        @Nullable PerUnit volumeRate,
        boolean isWindow,
        int rampUpSeconds,
        @Nullable PerUnit backoffMessageRate,
        int backoffMaxOut,
        String backoffExit,
        int sourceMaxOut,
        @Nullable PerUnit sourceMessageRate,
        @Nullable PerUnit sourceConnectRate,
        String queueTo,
        String rerouteTo,
        String backoffRerouteTo) {
    static final int BUILT_IN_BACKOFF_MAX_OUT = 20;
    /// All addresses that mail may leave by.
    static final String OWN_RANGE = "10.0.1.0/24";

    /// So many a unit.
    record PerUnit(int count, int seconds) {
        String text() {
            return count + "/" + (seconds == 1 ? "" : seconds) + "s";
        }
    }

    /// @param queueTo where the domain's mail may be put, or empty for a queue that is such a place itself
    static QueuePlan drawn(Seed shape, String queueTo) {
        boolean isWindow = shape.chance(0.12);
        return new QueuePlan(
                shape.chance(0.4) ? 1 + shape.nextInt(4) : 0,
                isWindow || shape.chance(0.25) ? rate(shape, isWindow) : null,
                shape.chance(0.15) ? rate(shape, false) : null,
                shape.chance(0.12) ? new PerUnit(200_000 + shape.nextInt(400_000), 2 + shape.nextInt(4)) : null,
                isWindow,
                shape.chance(0.12) ? 2 + shape.nextInt(6) : 0,
                shape.chance(0.4) ? rate(shape, isWindow) : null,
                shape.chance(0.4) ? 1 + shape.nextInt(3) : 0,
                List.of(
                                "backoff-to-normal-after 30s",
                                "backoff-to-normal-after 2m",
                                "backoff-to-normal-after-delivery yes\n backoff-to-normal-after 5m",
                                "backoff-to-normal-after-delivery yes")
                        .get(shape.nextInt(4)),
                shape.chance(0.2) ? 1 + shape.nextInt(2) : 0,
                shape.chance(0.15) ? rate(shape, false) : null,
                shape.chance(0.1) ? rate(shape, false) : null,
                !queueTo.isEmpty() && shape.chance(0.15) ? queueTo : "",
                shape.chance(0.2) ? otherWay(shape) : "",
                shape.chance(0.2) ? otherWay(shape) : "");
    }

    private static PerUnit rate(Seed shape, boolean isWindow) {
        return isWindow
                ? new PerUnit(10 + shape.nextInt(40), 10)
                : new PerUnit(2 + shape.nextInt(20), List.of(1, 2, 10).get(shape.nextInt(3)));
    }

    private static String otherWay(Seed shape) {
        return List.of("v2", "v4", "v4", "pool").get(shape.nextInt(4));
    }

    int backoffMaxOutOrBuiltIn() {
        return backoffMaxOut == 0 ? BUILT_IN_BACKOFF_MAX_OUT : backoffMaxOut;
    }

    @Nullable
    PerUnit messageRate(boolean isBackoff) {
        return isBackoff && backoffMessageRate != null ? backoffMessageRate : messageRate;
    }

    /// As a domain's block.
    void write(StringBuilder text, String domain, String more) {
        text.append("<domain ").append(domain).append(">\n").append(more);
        line(text, "max-smtp-out", maxOut);
        line(text, "max-msg-rate", messageRate);
        line(text, "max-connect-rate", connectRate);
        line(text, "max-data-volume-rate", volumeRate);
        if (isWindow) {
            text.append(" rate-pacing window\n");
        }
        if (rampUpSeconds > 0) {
            text.append(" smtp-out-rampup-interval ").append(rampUpSeconds).append("s\n");
        }
        line(text, "backoff-max-msg-rate", backoffMessageRate);
        line(text, "backoff-max-smtp-out", backoffMaxOut);
        text.append(' ').append(backoffExit).append('\n');
        line(text, "source-ip-max-smtp-out " + OWN_RANGE, sourceMaxOut);
        line(text, "source-ip-max-msg-rate " + OWN_RANGE, sourceMessageRate);
        line(text, "source-ip-max-connect-rate " + OWN_RANGE, sourceConnectRate);
        line(text, "queue-to", queueTo);
        line(text, "reroute-to-virtual-mta", rerouteTo);
        line(text, "backoff-reroute-to-virtual-mta", backoffRerouteTo);
        text.append("</domain>\n");
    }

    private static void line(StringBuilder text, String name, @Nullable PerUnit rate) {
        line(text, name, rate == null ? "" : rate.text());
    }

    private static void line(StringBuilder text, String name, int count) {
        line(text, name, count == 0 ? "" : String.valueOf(count));
    }

    private static void line(StringBuilder text, String name, String value) {
        if (!value.isEmpty()) {
            text.append(' ').append(name).append(' ').append(value).append('\n');
        }
    }
}
