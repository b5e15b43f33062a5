"""What all platforms share. See README.md in this folder."""
