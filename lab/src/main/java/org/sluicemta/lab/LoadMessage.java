package org.sluicemta.lab;

import java.util.List;

/// One message to hand over.
///
/// @param number of the message within its run
/// @param name as the message says of itself
/// @param content CRLF only, ending with a line end
public record LoadMessage(long number, String name, String reversePath, List<String> recipients, byte[] content) {
    public LoadMessage {
        recipients = List.copyOf(recipients);
    }
}
