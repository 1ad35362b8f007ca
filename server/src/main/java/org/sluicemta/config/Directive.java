package org.sluicemta.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A typed key: which directive, and what its value is. All of them stand in [Directives].
///
/// @param <T> the value as the rest of the program sees it
public final class Directive<T> {
    /// Where values are looked up.
    public enum Level {
        /// Once for the server.
        SERVER,
        /// By the client's address and the names of its sources.
        SOURCE,
        /// By virtual MTA.
        VIRTUAL_MTA,
        /// By queue: recipient domain and virtual MTA.
        QUEUE,
        /// In one accounting file.
        ACCT_FILE,
        /// Of one user who logs in.
        SMTP_USER,
        /// By listener; most inherit from a directive of the server.
        LISTENER
    }

    private final String name;
    private final Level level;
    private final Set<BlockKind> scopes;
    private final ValueType<?> type;
    private final T builtIn;
    private final Function<Object, T> lift;
    private final @Nullable BinaryOperator<T> add;
    private final int ordinal;

    private Directive(
            String name,
            Level level,
            Set<BlockKind> scopes,
            ValueType<?> type,
            T builtIn,
            Function<Object, T> lift,
            @Nullable BinaryOperator<T> add,
            int ordinal) {
        this.name = name;
        this.level = level;
        this.scopes = scopes;
        this.type = type;
        this.builtIn = builtIn;
        this.lift = lift;
        this.add = add;
        this.ordinal = ordinal;
    }

    /// The last line wins.
    @SuppressWarnings("unchecked")
    static <T> Directive<T> single(
            String name, Level level, Set<BlockKind> scopes, ValueType<T> type, T builtIn, int ordinal) {
        return new Directive<>(name, level, scopes, type, builtIn, read -> (T) read, null, ordinal);
    }

    /// As [#single], the value turned into another type.
    @SuppressWarnings("unchecked")
    static <S, T> Directive<T> turned(
            String name,
            Level level,
            Set<BlockKind> scopes,
            ValueType<S> type,
            T builtIn,
            Function<S, T> turn,
            int ordinal) {
        return new Directive<>(name, level, scopes, type, builtIn, read -> turn.apply((S) read), null, ordinal);
    }

    /// Lines add up.
    static <T> Directive<T> adding(
            String name,
            Level level,
            Set<BlockKind> scopes,
            ValueType<T> type,
            T builtIn,
            BinaryOperator<T> add,
            int ordinal) {
        Directive<T> base = single(name, level, scopes, type, builtIn, ordinal);
        return new Directive<>(name, level, scopes, type, builtIn, base.lift, add, ordinal);
    }

    /// Each line is one item of a list.
    @SuppressWarnings("unchecked")
    static <I> Directive<List<I>> repeated(
            String name, Level level, Set<BlockKind> scopes, ValueType<I> type, int ordinal) {
        return new Directive<>(
                name, level, scopes, type, List.of(), read -> List.of((I) read), Directive::joined, ordinal);
    }

    private static <I> List<I> joined(List<I> first, List<I> second) {
        List<I> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }

    /// As in the reference dialect.
    public String name() {
        return name;
    }

    public Level level() {
        return level;
    }

    /// The value where no file sets one.
    public T builtIn() {
        return builtIn;
    }

    Set<BlockKind> scopes() {
        return scopes;
    }

    ValueType<?> type() {
        return type;
    }

    int ordinal() {
        return ordinal;
    }

    boolean addsUp() {
        return add != null;
    }

    T lift(Object read) {
        return lift.apply(read);
    }

    /// The value after one more line in the same block.
    @SuppressWarnings("unchecked")
    Object afterLine(Object before, Object read) {
        T next = lift(read);
        return add == null ? next : add.apply((T) before, next);
    }

    @Override
    public String toString() {
        return name;
    }
}
