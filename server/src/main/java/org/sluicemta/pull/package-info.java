/// Pulling the configuration: fetched from a repository or the web, judged by guards, kept as versions,
/// adopted.
///
/// Lives here: the owner of it all, [Puller], which decides when to pull, hold, back off and adopt;
/// fetching by git and HTTP ([SourceFetching]); the kept versions on disk ([VersionStore], [Ledger]);
/// the guards ([Guards]). Must not: checking and loading a configuration (`app` does it with `config`),
/// or anything of mail but counts that it is told. Imports: `config`, `world`.
///
/// Threads: everything belongs to one lane, the home that [Puller] was given; nothing runs on a mail
/// loop.
@NullMarked
package org.sluicemta.pull;

import org.jspecify.annotations.NullMarked;
