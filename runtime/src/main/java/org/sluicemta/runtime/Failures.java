package org.sluicemta.runtime;

import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.IoFailure.Kind;

/// Turns the exceptions of the JDK and of Netty into failures in the caller's terms. Both carry the system's wording
/// (`strerror`) only as text, so the text is what is looked at.
final class Failures {
    private static final int MOST_CAUSES = 10;

    private Failures() {}

    /// @param what what was tried, with its object: `write /spool/c-1`
    static IoFailure ofDisk(String what, Throwable cause) {
        return new IoFailure(diskKind(cause), "cannot " + what + ": " + reason(cause));
    }

    private static Kind diskKind(Throwable cause) {
        return switch (cause) {
            case NoSuchFileException e -> Kind.NOT_FOUND;
            case NotDirectoryException e -> Kind.NOT_FOUND;
            case AccessDeniedException e -> Kind.DENIED;
            default -> {
                String text = reason(cause);
                if (has(text, "no space left") || has(text, "quota exceeded")) {
                    yield Kind.NO_SPACE;
                } else if (has(text, "read-only")) {
                    yield Kind.READ_ONLY;
                } else if (has(text, "permission denied") || has(text, "operation not permitted")) {
                    yield Kind.DENIED;
                } else if (has(text, "no such file")) {
                    yield Kind.NOT_FOUND;
                } else if (has(text, "too many open files")) {
                    yield Kind.EXHAUSTED;
                }
                yield Kind.ERROR;
            }
        };
    }

    static IoFailure ofConnect(String to, Throwable cause) {
        String text = reason(cause);
        Kind kind;
        if (cause instanceof ConnectTimeoutException || has(text, "timed out")) {
            return new IoFailure(Kind.TIMED_OUT, "no answer from " + to + " in time");
        } else if (has(text, "assign requested address")) {
            // Of bind it means a foreign address; of connect, where the port is chosen, that no port is left.
            kind = has(text, "connect") ? Kind.EXHAUSTED : Kind.ADDRESS_NOT_AVAILABLE;
        } else if (has(text, "address already in use")) {
            kind = Kind.EXHAUSTED;
        } else if (has(text, "refused")) {
            kind = Kind.REFUSED;
        } else if (has(text, "no route to host") || has(text, "unreachable")) {
            kind = Kind.UNREACHABLE;
        } else if (has(text, "reset") || has(text, "broken pipe")) {
            kind = Kind.CLOSED_THERE;
        } else if (has(text, "too many open files") || has(text, "no buffer space")) {
            kind = Kind.EXHAUSTED;
        } else if (has(text, "permission denied") || has(text, "not permitted")) {
            kind = Kind.DENIED;
        } else if (has(text, "no such file")) {
            kind = Kind.NOT_FOUND;
        } else if (cause instanceof UnresolvedAddressException) {
            return new IoFailure(Kind.ERROR, to + " is a name, not an address");
        } else {
            kind = Kind.ERROR;
        }
        return new IoFailure(kind, "cannot connect to " + to + ": " + text);
    }

    static Kind bindKind(Throwable cause) {
        String text = reason(cause);
        if (has(text, "assign requested address")) {
            return Kind.ADDRESS_NOT_AVAILABLE;
        } else if (has(text, "in use")) {
            return Kind.ADDRESS_IN_USE;
        } else if (has(text, "permission denied") || cause instanceof AccessDeniedException) {
            return Kind.DENIED;
        } else if (has(text, "too many open files")) {
            return Kind.EXHAUSTED;
        } else if (cause instanceof NoSuchFileException || has(text, "no such file")) {
            return Kind.NOT_FOUND;
        }
        return Kind.ERROR;
    }

    /// How to mend it, for the kinds where there is something to say.
    static String bindAdvice(Kind kind) {
        return switch (kind) {
            case ADDRESS_NOT_AVAILABLE -> "; it is not an address of this machine";
            case ADDRESS_IN_USE -> "; stop the program that listens there or choose another";
            case DENIED -> "; ports below 1024 and foreign folders need a right that this user lacks";
            case NOT_FOUND -> "; make the folder first";
            case EXHAUSTED -> "; raise the limit of open files";
            case CLOSED_HERE,
                    CLOSED_THERE,
                    REFUSED,
                    TIMED_OUT,
                    UNREACHABLE,
                    TLS,
                    LOCKED,
                    NO_SPACE,
                    READ_ONLY,
                    DISTRUSTED,
                    ERROR -> "";
        };
    }

    /// An error of a connection that stood.
    static IoFailure ofStream(@Nullable Throwable cause) {
        if (cause == null || cause instanceof ClosedChannelException) {
            return new IoFailure(Kind.CLOSED_THERE, "the remote closed the connection");
        }
        String text = reason(cause);
        if (has(text, "timed out")) {
            return new IoFailure(Kind.TIMED_OUT, "the remote answers no more: " + text);
        } else if (has(text, "unreachable") || has(text, "no route")) {
            return new IoFailure(Kind.UNREACHABLE, text);
        } else if (cause instanceof IOException) {
            return new IoFailure(Kind.CLOSED_THERE, text);
        }
        return new IoFailure(Kind.ERROR, text);
    }

    /// The refusal of memory that is behind this; null where there is none.
    static @Nullable OutOfMemoryError shortage(@Nullable Throwable cause) {
        Throwable each = cause;
        for (int depth = 0; each != null && depth < MOST_CAUSES; depth++) {
            if (each instanceof OutOfMemoryError refused) {
                return refused;
            }
            each = each.getCause();
        }
        return null;
    }

    static IoFailure ofTls(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String text = root instanceof ClosedChannelException
                ? "the remote closed the connection during the handshake"
                : reason(root);
        return new IoFailure(Kind.TLS, text);
    }

    static String reason(Throwable cause) {
        if (cause instanceof NoSuchFileException) {
            return "No such file or directory";
        }
        if (cause instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (cause instanceof FileSystemException of && of.getReason() != null) {
            return of.getReason();
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    private static boolean has(String text, String part) {
        return text.toLowerCase(Locale.ROOT).contains(part);
    }
}
