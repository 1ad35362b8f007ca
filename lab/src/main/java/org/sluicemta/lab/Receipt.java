package org.sluicemta.lab;

/// One recipient's copy of a message, as a receiver took it.
///
/// @param messageName the value of the message's [MessageMaker#NAME_FIELD], or empty for a stranger's message
/// @param isDamaged whether the body differs from what [MessageMaker#DIGEST_FIELD] says
/// @param isSecured whether it came through TLS
/// @param atNanos of the receiving loop's clock, when the reply was given
public record Receipt(
        String receiver,
        String recipient,
        String messageName,
        String reversePath,
        String sourceAddress,
        long sizeBytes,
        boolean isDamaged,
        boolean isSecured,
        long atNanos) {}
