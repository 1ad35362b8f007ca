package org.sluicemta.inject;

import java.nio.file.Path;

/// Where files are picked up (`pickup`).
///
/// @param folder whose files are taken
/// @param bad where files go that hold no message; on the same file system
/// @param removesDots whether a file of the traditional form has its leading dots doubled
public record PickupPolicy(Path folder, Path bad, boolean removesDots) {}
