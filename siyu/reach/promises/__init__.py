"""Promises (承诺): what was promised to a customer, by when, by whom; kept or not."""
