"""Live codes: one address for ever, whatever stands behind it. See README.md in this folder."""
