/// Mail that comes in by other ways than SMTP: files of the pickup folder.
///
/// Lives here: finding files, reading their two forms ([PickupFile]), what becomes of a file after its message was
/// taken or refused ([Pickup]). Must not: decide about a message; whoever takes it does ([Pickup.Intake]).
/// Imports: `smtp`, `mail`, `world`. Threads: everything belongs to one lane; a file's message is handed over as a
/// value.
@NullMarked
package org.sluicemta.inject;

import org.jspecify.annotations.NullMarked;
