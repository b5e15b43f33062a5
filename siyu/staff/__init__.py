"""Who works here, what they may do, and the record of what they did. See README.md in this folder."""
