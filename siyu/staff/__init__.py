"""Who works here, what each may do, and what was done. See README.md in this folder."""
