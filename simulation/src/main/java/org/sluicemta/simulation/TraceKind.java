package org.sluicemta.simulation;

/// What an event was; part of the trace hash.
enum TraceKind {
    POST,
    MAIL,
    ALARM,
    ANSWER,
    DISK,
    WORK,
    WIRE,
    BYTES,
    SIGNAL,
    CRASH,
    BOOT,
    TEST
}
