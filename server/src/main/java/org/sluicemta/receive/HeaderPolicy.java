package org.sluicemta.receive;

import java.util.List;
import org.sluicemta.settings.Setting;

/// What a source does to the header of its messages besides adding trace fields.
///
/// @param remove names of fields to take out, lower case; a field of such a name is not added either
/// @param removeReceived take out the Received fields that a message brings along; ours is added all the same
/// @param overrideDate take out the Date that a message brings along, so that ours is added
/// @param jobIdHeader the field, in lower case, whose value is the job where `x-job` says none; empty for none
/// @param jobIdPrefix goes before the job of a message that has one; [#USER] stands for the name of whoever has logged
///     in
/// @param namesVirtualMta a message without `x-virtual-mta` gets one when it is sent, with the name it is sent by
public record HeaderPolicy(
        Setting<List<String>> remove,
        Setting<Boolean> removeReceived,
        Setting<Boolean> overrideDate,
        Setting<String> jobIdHeader,
        Setting<String> jobIdPrefix,
        Setting<Boolean> namesVirtualMta) {
    /// In [#jobIdPrefix].
    public static final String USER = "{auth}";

    /// Whether a field may be added.
    ///
    /// @param name in lower case
    boolean lets(String name) {
        return remove.value().isEmpty() || !remove.value().contains(name);
    }
}
