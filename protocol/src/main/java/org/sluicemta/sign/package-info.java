/// Signing mail with DKIM: canonical forms, body hash, the signature's header field, keys as they are written in files
/// and in DNS.
///
/// Lives here: what RFC 6376, 8301 and 8463 say of the signer. Must not: where keys are stored, which mail is signed
/// with which key, threads. Imports: the JDK.
///
/// Threads: values are immutable; a [BodyHash] belongs to whoever feeds it. Making a signature takes 0.1 to 1 ms of
/// processor: never on a loop.
@NullMarked
package org.sluicemta.sign;

import org.jspecify.annotations.NullMarked;
