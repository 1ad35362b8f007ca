/// The configuration: files are read, parsed into a tree, checked against the catalogue of directives, and
/// published as one immutable snapshot, [Configuration].
///
/// Lives here: the grammar ([Parser], [Node]), the catalogue as data ([Catalogue]), the typed values ([ValueType],
/// [Directives]), the rules of inheritance ([Configuration], explained by [Explanation]) and the check with its
/// report ([Check], [Report]): what stands there ([CheckedLines]), what it means ([IdleLimits], [ShadowedLines],
/// [JoinedQueues], [BackoffExits], [OpenRelays], [LooserScopes]), and whether the machine has it ([OnThisMachine]).
/// Must not: defaults hidden in code (they stand in the catalogue), file access (only through [FileSource]),
/// decisions of mail. Imports: `mail`, `settings`, and in time the settings records of other rooms. Threads:
/// everything published is immutable or publishes immutable values through benign races; a parse and a check belong
/// to one thread and never block except in the caller's [FileSource].
@NullMarked
package org.sluicemta.config;

import org.jspecify.annotations.NullMarked;
