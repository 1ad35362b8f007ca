package org.sluicemta.queue;

/// An event of a queue, for `show queues --errors`.
public record QueueNote(long atMillis, String text) {}
