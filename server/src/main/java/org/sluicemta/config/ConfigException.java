package org.sluicemta.config;

/// A configuration was used in a way it does not allow: a snapshot asked of a failed check, or code and catalogue
/// at odds. What an operator wrote is never reported by it; that is a [Problem].
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ConfigException(String message) {
        super(message);
    }

    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
