package org.sluicemta.inject;

import java.util.List;
import org.sluicemta.smtp.Command;

/// A message that a file holds.
///
/// @param recipients one at least
/// @param content unstuffed, its lines end in CRLF; not copied
/// @param hasOwnFields whether `x-virtual-mta`, `x-job` and `x-envid` in its header are part of its envelope
public record PickedMail(Command.Mail mail, List<Command.Rcpt> recipients, byte[] content, boolean hasOwnFields) {
    public PickedMail {
        recipients = List.copyOf(recipients);
    }
}
