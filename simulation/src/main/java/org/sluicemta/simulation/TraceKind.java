package org.sluicemta.simulation;

/// What an event was; part of the trace hash.
enum TraceKind {
    POST(1),
    MAIL(2),
    ALARM(3),
    ANSWER(4),
    DISK(5),
    WORK(6),
    WIRE(7),
    BYTES(8),
    SIGNAL(9),
    CRASH(10),
    BOOT(11),
    TEST(12),
    CHILD(13),
    WEB(14);

    final int code;

    TraceKind(int code) {
        this.code = code;
    }
}
