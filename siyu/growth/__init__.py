"""Where friends come from, and what is done for who comes. A folder for each part; see README.md."""
