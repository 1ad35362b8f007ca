/// The SMTP language: commands, replies, how each is written as bytes, and the two engines.
///
/// Lives here: values of RFC 5321 and its extensions, encoders, decoders, server and client engines without I/O.
/// Must not: sockets, clocks, decisions of policy. Imports: `mail` and `world`.
///
/// - To receive: give each accepted connection a [SmtpServerEngine] made of [ServerSettings] and a [SubmissionSession],
///   which takes the decisions, takes content into a [ContentSink], and answers a message through its [PendingReply]
///   once it is safe.
/// - To deliver: connect with a [SmtpClientEngine] made of [ClientSettings] and a [DeliveryDriver], which hands over
///   an [OutgoingTransaction] at a time and hears a [TransactionResult] with one [RecipientOutcome] for each recipient,
///   and at last a [SessionEnd].
///
/// Threads: values are immutable; a decoder or an engine belongs to one connection and its loop.
@NullMarked
package org.sluicemta.smtp;

import org.jspecify.annotations.NullMarked;
