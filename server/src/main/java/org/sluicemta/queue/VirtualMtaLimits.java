package org.sluicemta.queue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sluicemta.pace.Limit;
import org.sluicemta.pace.LimitKey;

/// The limits that a virtual MTA's queues share, as asked of the pacer: made once a snapshot and virtual MTA.
///
/// @param forOpening in the pacer's order: connections from narrow to wide, then rates
/// @param forPermits rates
/// @param volume among them the one of bytes, paid as they are sent; null for none
record VirtualMtaLimits(
        List<Limit> forOpening,
        List<Limit> forPermits,
        @Nullable Limit volume) {
    static VirtualMtaLimits of(String virtualMta, QueuePolicy policy, QueuePolicies policies) {
        List<Limit> opening = new ArrayList<>();
        List<Limit> permits = new ArrayList<>();
        opening.add(Limit.OfConnections.of(
                new LimitKey(LimitKey.Scope.VIRTUAL_MTA, virtualMta, LimitKey.Kind.CONNECTIONS),
                policy.virtualMtaMaxSmtpOut()));
        opening.add(Limit.OfConnections.of(
                new LimitKey(LimitKey.Scope.SERVER, "", LimitKey.Kind.CONNECTIONS), policies.totalMaxSmtpOut()));
        if (!policy.virtualMtaMaxMsgRate().value().isUnlimited()) {
            permits.add(Limit.OfRate.of(
                    new LimitKey(LimitKey.Scope.VIRTUAL_MTA, virtualMta, LimitKey.Kind.MESSAGE_RATE),
                    policy.virtualMtaMaxMsgRate()));
        }
        Limit volume = null;
        if (!policy.virtualMtaMaxDataVolumeRate().value().isUnlimited()) {
            volume = Limit.OfRate.of(
                    new LimitKey(LimitKey.Scope.VIRTUAL_MTA, virtualMta, LimitKey.Kind.DATA_VOLUME),
                    policy.virtualMtaMaxDataVolumeRate());
            permits.add(volume);
        }
        opening.addAll(permits);
        return new VirtualMtaLimits(List.copyOf(opening), List.copyOf(permits), volume);
    }
}
