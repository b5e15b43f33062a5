"""Where friends come from: live codes. See README.md in this folder."""
