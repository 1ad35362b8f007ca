package org.sluicemta.smtp;

import java.util.List;
import java.util.Set;
import org.sluicemta.mail.Address;

/// One message to one or more recipients over a delivery session. Domains come as they are to be sent: A-labels unless
/// SMTPUTF8 is meant.
///
/// @param reversePath [Address#NULL_PATH] for reports
/// @param recipients one or more; the order is that of the results
/// @param returns sent only where DSN is offered. Source: RFC 3461 section 4.3
/// @param envelopeId in xtext, empty for none; sent only where DSN is offered. Source: RFC 3461 section 4.4
public record OutgoingTransaction(
        Address reversePath,
        List<Recipient> recipients,
        OutgoingContent content,
        Command.ReturnOf returns,
        String envelopeId) {
    /// @throws SmtpException when there is no recipient, or a text could not stand in a command line
    public OutgoingTransaction {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new SmtpException("a transaction needs a recipient");
        }
        WireText.requirePath(reversePath);
        WireText.requireParameter("ENVID", envelopeId);
    }

    /// A transaction without wishes about reports.
    public OutgoingTransaction(Address reversePath, List<Recipient> recipients, OutgoingContent content) {
        this(reversePath, recipients, content, Command.ReturnOf.UNSTATED, "");
    }

    /// @param notifyOn empty for none; sent only where DSN is offered
    /// @param originalRecipient `type;xtext`, empty for none; sent only where DSN is offered
    public record Recipient(Address address, Set<Command.Notify> notifyOn, String originalRecipient) {
        /// @throws SmtpException when a text could not stand in a command line
        public Recipient {
            notifyOn = Set.copyOf(notifyOn);
            WireText.requirePath(address);
            WireText.requireParameter("ORCPT", originalRecipient);
        }

        public Recipient(Address address) {
            this(address, Set.of(), "");
        }
    }
}
