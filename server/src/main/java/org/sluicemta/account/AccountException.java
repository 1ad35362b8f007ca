package org.sluicemta.account;

/// A setting of an accounting file that cannot be. The message says what is wrong and how to mend it.
public final class AccountException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public AccountException(String message) {
        super(message);
    }
}
