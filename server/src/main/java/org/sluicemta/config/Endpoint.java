package org.sluicemta.config;

import java.net.InetAddress;

/// An address with a port.
public record Endpoint(InetAddress address, int port) {}
