"""What official accounts and mini programs share. See README.md in this folder."""
