"""Mini programs (小程序). See README.md in this folder."""
