"""Points 积分: a double-entry ledger, append only."""
