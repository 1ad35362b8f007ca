package org.sluicemta.dns;

/// Overhears a resolver. Owner: the resolver's loop.
interface ResolverEar {
    /// Of a resolver that nobody listens to.
    ResolverEar NONE = new ResolverEar() {
        @Override
        public void sent(String server, boolean isTcp, byte[] question) {}

        @Override
        public void came(String server, boolean isTcp, byte[] answer) {}

        @Override
        public void found(DnsFinding finding) {}
    };

    /// @param server `192.0.2.53:53`
    void sent(String server, boolean isTcp, byte[] question);

    void came(String server, boolean isTcp, byte[] answer);

    /// A look-up has ended.
    void found(DnsFinding finding);
}
