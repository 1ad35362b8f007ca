package org.sluicemta.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sluicemta.web.Access;
import org.sluicemta.web.AccessLevel;
import org.sluicemta.web.AccessRule;
import org.sluicemta.web.WebSettings;
import org.sluicemta.web.WebTls;

/// Fills the settings of the management port.
final class WebPlans {
    /// Any of these says that somebody wants the port.
    private static final List<Directive<?>> WANTED = List.of(
            Directives.HTTP_MGMT_PORT,
            Directives.HTTP_ACCESS,
            Directives.HTTP_MGMT_SOURCE,
            Directives.HTTP_API_KEY,
            Directives.HTTP_MGMT_PASSWORD,
            Directives.CONFIG_SOURCE_SECRET);

    private WebPlans() {}

    static WebSettings of(Configuration configuration, String hostName, WebTls tls) {
        boolean isWanted =
                WANTED.stream().anyMatch(each -> configuration.global(each).overrode() != null);
        int port = configuration.global(Directives.HTTP_MGMT_PORT).value();
        Set<String> hosts = new LinkedHashSet<>();
        hosts.add(hostName.toLowerCase(Locale.ROOT));
        configuration.global(Directives.HOST_NAME).value().forEach(each -> hosts.add(each.toLowerCase(Locale.ROOT)));
        configuration.global(Directives.HTTP_HOST).value().forEach(each -> hosts.add(each.toLowerCase(Locale.ROOT)));
        List<String> keys = configuration.global(Directives.HTTP_API_KEY).value().stream()
                .map(Secret::text)
                .toList();
        String password =
                configuration.global(Directives.HTTP_MGMT_PASSWORD).value().text();
        return new WebSettings(
                isWanted ? port : 0,
                configuration.global(Directives.HTTP_MGMT_ADDRESS).value(),
                hostName,
                hosts,
                access(configuration, !password.isEmpty()),
                new WebSettings.Secrets(
                        keys,
                        password,
                        configuration
                                .global(Directives.CONFIG_SOURCE_SECRET)
                                .value()
                                .text()),
                tls,
                configuration.global(Directives.HTTP_REDIRECT_TO_HTTPS).value(),
                configuration.global(Directives.HTTP_CSRF_PROTECTION).value(),
                configuration
                        .global(Directives.HTTP_STRICT_TRANSPORT_SECURITY_MAX_AGE)
                        .value(),
                configuration.global(Directives.HTTP_LOG_REQUESTS).value(),
                configuration.global(Directives.HTTP_DEFAULT_MAX_ITEMS).value().intValue(),
                configuration.global(Directives.HTTP_DEFAULT_SORT_ORDER).value());
    }

    /// `http-access` in the order of the file; behind it the old lists, the denying one first. A password without
    /// either means that whoever knows it may do everything.
    private static List<AccessRule> access(Configuration configuration, boolean hasPassword) {
        List<AccessRule> rules = new ArrayList<>();
        for (HttpAccess each : configuration.global(Directives.HTTP_ACCESS).value()) {
            rules.add(new AccessRule(each.range()::contains, each.access()));
        }
        for (Cidr each : configuration.global(Directives.NO_HTTP_MGMT_SOURCE).value()) {
            rules.add(new AccessRule(each::contains, Access.NONE));
        }
        List<Cidr> allowed = configuration.global(Directives.HTTP_MGMT_SOURCE).value();
        for (Cidr each : allowed) {
            rules.add(new AccessRule(each::contains, new Access(AccessLevel.ADMIN, false)));
        }
        boolean saysWho = !allowed.isEmpty()
                || !configuration.global(Directives.HTTP_ACCESS).value().isEmpty();
        if (hasPassword && !saysWho) {
            rules.add(new AccessRule(_ -> true, new Access(AccessLevel.ADMIN, false)));
        }
        return rules;
    }
}
