package org.sluicemta.account;

import org.sluicemta.mail.QueueKey;

/// What accounting asks of the present configuration; a reload changes it. Safe from any thread, never blocks.
public interface AccountPolicies {
    /// Nothing is configured.
    AccountPolicies NONE = new AccountPolicies() {
        @Override
        public BounceCategories categories() {
            return BounceCategories.DEFAULT;
        }

        @Override
        public boolean isDisabled(QueueKey queue, RowType type) {
            return false;
        }
    };

    /// The same object until the configuration changes.
    BounceCategories categories();

    /// Whether rows of this type are not written for this queue (`disable-acct-records`).
    boolean isDisabled(QueueKey queue, RowType type);
}
