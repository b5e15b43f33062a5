"""Alerts for managers: more customers than usual left their advisers, or one who matters did."""
