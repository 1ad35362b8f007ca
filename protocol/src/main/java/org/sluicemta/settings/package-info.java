/// What a configured value is: the value with the place that set it.
/// Lives here: [Setting], [Origin]. Must not: parsing, defaults of rooms. Imports: the JDK only.
/// Threads: values are immutable.
@NullMarked
package org.sluicemta.settings;

import org.jspecify.annotations.NullMarked;
