package org.sluicemta.lab;

import java.net.InetSocketAddress;
import java.util.function.LongFunction;

/// What a load generator does.
///
/// @param target the server under load
/// @param sessions connections at one time, 1 or more
/// @param messages in all
/// @param perSecond messages a second, due on a fixed schedule whatever the server does; 0 for as fast as they are
///     taken
/// @param message makes message n, from 0; called on the generator's loop
public record LoadPlan(
        InetSocketAddress target, int sessions, long messages, double perSecond, LongFunction<LoadMessage> message) {}
