package org.sluicemta.config;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The kinds of blocks: what each is called, where it may stand, and what its tag's argument is.
enum BlockKind {
    GLOBAL("", Argument.NONE),
    SOURCE("source", Argument.REQUIRED),
    DOMAIN("domain", Argument.REQUIRED),
    VIRTUAL_MTA("virtual-mta", Argument.REQUIRED),
    POOL("virtual-mta-pool", Argument.REQUIRED),
    ACCT_FILE("acct-file", Argument.REQUIRED),
    SPOOL("spool", Argument.REQUIRED),
    SMTP_USER("smtp-user", Argument.REQUIRED),
    SMTP_LISTENER("smtp-listener", Argument.REQUIRED),
    SMTP_PATTERN_LIST("smtp-pattern-list", Argument.REQUIRED),
    PATTERN_LIST("pattern-list", Argument.OPTIONAL),
    BOUNCE_CATEGORY_PATTERNS("bounce-category-patterns", Argument.NONE),
    MX_ROLLUP_LIST("mx-rollup-list", Argument.NONE),
    BOUNCE_PROCESSOR("bounce-processor", Argument.NONE),
    FEEDBACK_LOOP_PROCESSOR("feedback-loop-processor", Argument.NONE),
    ADDRESS_LIST("address-list", Argument.OPTIONAL),
    EMAIL_PATTERNS("email-patterns", Argument.NONE),
    SOURCE_GROUP("source-group", Argument.REQUIRED),
    REWRITE_LIST("rewrite-list", Argument.REQUIRED),
    DOMAIN_KEY_LIST("domain-key-list", Argument.REQUIRED),
    DNS("dns", Argument.NONE),
    TRANSMISSIONS_API("transmissions-api", Argument.NONE),
    TRANSMISSIONS_API_LISTENER("transmissions-api-listener", Argument.REQUIRED),
    PROXY("proxy", Argument.REQUIRED),
    VAULT("vault", Argument.NONE),
    SIGNALS("signals", Argument.NONE),
    SPARKPOST_ANALYTICS("sparkpost-analytics", Argument.NONE),
    SIGNALS_FILTER("signals-filter", Argument.REQUIRED),
    ALIASES("aliases", Argument.NONE);

    /// Whether a tag takes an argument.
    enum Argument {
        NONE,
        OPTIONAL,
        REQUIRED
    }

    private static final Map<String, BlockKind> BY_TAG = new HashMap<>();

    static {
        for (BlockKind each : values()) {
            BY_TAG.put(each.tag, each);
        }
    }

    private final String tag;
    private final Argument argument;

    BlockKind(String tag, Argument argument) {
        this.tag = tag;
        this.argument = argument;
    }

    String tag() {
        return tag;
    }

    Argument argument() {
        return argument;
    }

    /// The name of this scope in the catalogue and in messages.
    String scopeName() {
        return this == GLOBAL ? "global" : tag;
    }

    String described() {
        return this == GLOBAL ? "outside all blocks" : "in <" + tag + ">";
    }

    Set<BlockKind> parents() {
        return switch (this) {
            case DOMAIN -> EnumSet.of(GLOBAL, VIRTUAL_MTA, POOL);
            case ADDRESS_LIST -> EnumSet.of(GLOBAL, BOUNCE_PROCESSOR, FEEDBACK_LOOP_PROCESSOR);
            case EMAIL_PATTERNS -> EnumSet.of(BOUNCE_PROCESSOR, FEEDBACK_LOOP_PROCESSOR);
            case PATTERN_LIST -> EnumSet.of(GLOBAL, PATTERN_LIST);
            case GLOBAL -> EnumSet.noneOf(BlockKind.class);
            case SOURCE,
                    VIRTUAL_MTA,
                    POOL,
                    ACCT_FILE,
                    SPOOL,
                    SMTP_USER,
                    SMTP_LISTENER,
                    SMTP_PATTERN_LIST,
                    BOUNCE_CATEGORY_PATTERNS,
                    MX_ROLLUP_LIST,
                    BOUNCE_PROCESSOR,
                    FEEDBACK_LOOP_PROCESSOR,
                    SOURCE_GROUP,
                    REWRITE_LIST,
                    DOMAIN_KEY_LIST,
                    DNS,
                    TRANSMISSIONS_API,
                    TRANSMISSIONS_API_LISTENER,
                    PROXY,
                    VAULT,
                    SIGNALS,
                    SPARKPOST_ANALYTICS,
                    SIGNALS_FILTER,
                    ALIASES -> EnumSet.of(GLOBAL);
        };
    }

    /// Whether its lines are patterns and so hold regular expressions.
    boolean holdsPatterns() {
        return this == BOUNCE_CATEGORY_PATTERNS || this == SMTP_PATTERN_LIST || this == PATTERN_LIST;
    }

    /// The kind with this tag, or null for a tag that nobody knows.
    static @Nullable BlockKind ofTag(String tag) {
        return BY_TAG.get(tag.toLowerCase(Locale.ROOT));
    }
}
