package org.sluicemta.config;

import org.sluicemta.settings.Origin;

/// One line of `<bounce-category-patterns>`. The lines of all blocks are tried in order; the first that matches names
/// the category.
///
/// @param regex ready for an engine; empty matches everything. Letters match in either case unless it says `(?-i)`
/// @param category as written
/// @param origin the line
public record BounceCategory(String regex, String category, Origin.Line origin) {}
