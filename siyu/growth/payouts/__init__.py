"""Money rewards paid out by an account: each with one bill number for ever."""
