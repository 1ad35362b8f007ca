/// The whole server in the simulation: one seed is one history of load, faults, crashes, a reload and bad receivers.
///
/// Lives here: what draws a history ([Scenario]), runs it ([WholeServer]), watches it from outside ([Watch]) and judges
/// it ([Verdict]). Must not: look inside the server; it is judged by what it said to clients, what receivers got, and
/// what it left on its disk. Imports: `app`, `config`, `simulation`, `lab`. Threads: a seed runs in one thread; seeds
/// share nothing.
@NullMarked
package org.sluicemta.proof.whole;

import org.jspecify.annotations.NullMarked;
