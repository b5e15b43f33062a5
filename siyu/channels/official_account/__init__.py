"""Official accounts (公众号). See README.md in this folder."""
