package org.sluicemta.spf;

/// A record is not written as RFC 7208 section 12 says. The text says where and what. Never leaves the room.
final class SpfSyntax extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SpfSyntax(String text) {
        super(text, null, false, false);
    }

    @Override
    public String getMessage() {
        return java.util.Objects.requireNonNullElse(super.getMessage(), "");
    }
}
