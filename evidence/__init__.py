"""One small program per claim that the product makes. See README.md in this folder."""
