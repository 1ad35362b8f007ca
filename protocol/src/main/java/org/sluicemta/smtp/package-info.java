/// The SMTP language: commands, replies, how each is written as bytes, and the two engines.
/// Lives here: values of RFC 5321 and its extensions, encoders, decoders, server and client engines without I/O.
/// Must not: sockets, clocks, decisions of policy. Imports: `mail` and `world`.
/// Threads: values are immutable; a decoder or an engine belongs to one connection.
@NullMarked
package org.sluicemta.smtp;

import org.jspecify.annotations.NullMarked;
