package org.sluicemta.world;

/// What a handshake settled.
///
/// @param protocol e.g. `TLSv1.3`
/// @param cipher the suite's name, e.g. `TLS_AES_128_GCM_SHA256`
/// @param isResumed whether an earlier session was taken up
/// @param droppedBytes clear-text bytes of the remote that came before the handshake and were dropped: above 0,
/// somebody injected
public record TlsFacts(String protocol, String cipher, boolean isResumed, int droppedBytes) {}
