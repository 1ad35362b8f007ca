package org.sluicemta.queue;

import org.sluicemta.pace.Rate;
import org.sluicemta.settings.Setting;

/// What limits one queue by itself, or one source address of it.
///
/// @param maxSmtpOut connections, 1 or more
/// @param maxMsgRate attempted recipients
/// @param maxConnectRate connections opened, failed ones too
/// @param maxDataVolumeRate bytes of messages that were sent
public record QueueLimits(
        Setting<Integer> maxSmtpOut,
        Setting<Rate> maxMsgRate,
        Setting<Rate> maxConnectRate,
        Setting<Rate> maxDataVolumeRate) {
    /// Whether none of them can ever bind.
    public boolean areUnlimited() {
        return maxSmtpOut.value() == Integer.MAX_VALUE
                && maxMsgRate.value().isUnlimited()
                && maxConnectRate.value().isUnlimited()
                && maxDataVolumeRate.value().isUnlimited();
    }
}
