package org.sluicemta.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.sluicemta.world.Entropy;

/// Where mail for a destination goes, or why it goes nowhere. An immutable value; may be used on any loop.
public sealed interface MxPlan {
    /// What was asked and what came.
    PlanTrace trace();

    /// @param hosts one or more, by preference; inside one preference in the order of the answer: an attempt asks for
    ///     [#targets]
    record Hosts(List<MxHost> hosts, PlanTrace trace) implements MxPlan {
        public Hosts {
            hosts = List.copyOf(hosts);
        }

        /// The order of one delivery attempt: by preference, hosts of equal preference shuffled, and inside each host
        /// the addresses of one family shuffled with the preferred family in front. Source: RFC 5321 section
        /// 5.1.
        public List<MxTarget> targets(Entropy entropy) {
            var ordered = new ArrayList<MxTarget>();
            int from = 0;
            while (from < hosts.size()) {
                int to = from + 1;
                while (to < hosts.size()
                        && hosts.get(to).preference() == hosts.get(from).preference()) {
                    to++;
                }
                for (MxHost host : shuffled(hosts.subList(from, to), entropy)) {
                    addTargets(host, entropy, ordered);
                }
                from = to;
            }
            return ordered;
        }

        private static void addTargets(MxHost host, Entropy entropy, List<MxTarget> into) {
            List<InetAddress> addresses = host.addresses();
            int split = 1;
            while (split < addresses.size() && isV4(addresses.get(split)) == isV4(addresses.getFirst())) {
                split++;
            }
            for (InetAddress first : shuffled(addresses.subList(0, split), entropy)) {
                into.add(new MxTarget(host, first));
            }
            for (InetAddress second : shuffled(addresses.subList(split, addresses.size()), entropy)) {
                into.add(new MxTarget(host, second));
            }
        }

        private static boolean isV4(InetAddress address) {
            return address instanceof Inet4Address;
        }

        /// Fisher and Yates, from the given entropy; a list of one draws nothing.
        private static <T> List<T> shuffled(List<T> items, Entropy entropy) {
            var order = new ArrayList<T>(items);
            for (int i = order.size() - 1; i > 0; i--) {
                int other = entropy.nextInt(i + 1);
                T held = order.get(i);
                order.set(i, order.get(other));
                order.set(other, held);
            }
            return order;
        }
    }

    /// The destination takes no mail, by its own word: permanent.
    ///
    /// @param text one line for the sender, without the code
    record NoMail(Reason reason, String text, PlanTrace trace) implements MxPlan {
        /// Enhanced status code, e.g. `5.1.2`.
        public String status() {
            return reason.status();
        }
    }

    /// Why a destination takes no mail.
    enum Reason {
        /// NXDOMAIN, or no domain name at all.
        NO_SUCH_DOMAIN("5.1.2"),
        /// Source: RFC 7505 section 4.1.
        NULL_MX("5.1.10"),
        /// The domain exists and has neither mail hosts nor an address.
        NO_MAIL_HOST("5.1.2"),
        /// Mail hosts are named and none has an address that the sender can reach.
        NO_ADDRESS("5.4.4"),
        /// Only addresses that mail is not sent to: loopback, multicast and the like.
        UNFIT_ADDRESS("5.4.4"),
        /// It leads back to this server. Source: RFC 3463 section 3.5.
        LEADS_TO_US("5.4.6");

        private final String status;

        Reason(String status) {
            this.status = status;
        }

        public String status() {
            return status;
        }
    }

    /// Nothing certain is known now: the queue's retry clock decides.
    ///
    /// @param status enhanced status code: `4.4.3` (DNS failed), `4.4.4` (a configured route leads nowhere)
    /// @param text one line for a person, without the code
    record TryLater(String status, String text, PlanTrace trace) implements MxPlan {}
}
