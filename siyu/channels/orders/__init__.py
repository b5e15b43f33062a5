"""Orders of shops, told by webhook: each platform's shape made into one. See README.md in this folder."""
