package org.sluicemta.config;

/// A PEM file and the password of its key.
///
/// @param password empty for a key without one
public record FileAndPassword(String path, String password) {
    /// Never shows the password.
    @Override
    public String toString() {
        return path + (password.isEmpty() ? "" : " (with a password)");
    }
}
