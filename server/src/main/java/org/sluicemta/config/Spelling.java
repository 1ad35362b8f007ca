package org.sluicemta.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/// Values in the words of the configuration, as they could stand in a file.
final class Spelling {
    private Spelling() {}

    static String of(Object value) {
        return switch (value) {
            case Boolean yes -> yes ? "yes" : "no";
            case Long number -> number == ValueType.UNLIMITED ? "unlimited" : number.toString();
            case Duration time -> ValueType.spell(time);
            case HostList hosts -> hosts(hosts);
            case SourceHost host -> host.written();
            case Listener listener ->
                (listener.address().isIpv6()
                                ? "[" + listener.address() + "]"
                                : listener.address().toString()) + ":" + listener.port()
                        + (listener.source().isEmpty() ? "" : " source=" + listener.source());
            case Endpoint endpoint -> endpoint.address().getHostAddress() + ":" + endpoint.port();
            // A password is nobody's business on a screen.
            case FileAndPassword file -> file.path() + (file.password().isEmpty() ? "" : " ********");
            case InetAddress address -> address.getHostAddress();
            case Collection<?> items when items.isEmpty() -> "";
            case Collection<?> items -> items.stream().map(Spelling::of).collect(Collectors.joining(","));
            case Enum<?> word
            when !(word instanceof Rate) && !(word instanceof Delay) ->
                word.name().toLowerCase(Locale.ROOT).replace('_', '-');
            default -> value.toString();
        };
    }

    private static String hosts(HostList list) {
        return list.levels().stream()
                .map(level -> level.stream().map(Spelling::host).collect(Collectors.joining(",")))
                .collect(Collectors.joining(";"));
    }

    private static String host(HostList.Host host) {
        String place =
                switch (host) {
                    case HostList.Host.Named named -> named.name();
                    case HostList.Host.Literal literal ->
                        "[" + (literal.address() instanceof Inet6Address ? "IPv6:" : "")
                                + literal.address().getHostAddress() + "]";
                    case HostList.Host.MxOf mx -> "lookup-mx:" + mx.domain();
                };
        return host.port() == 0 ? place : place + ":" + host.port();
    }
}
