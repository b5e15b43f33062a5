"""The edge: sign-in, console, JSON API, intake. See README.md in this folder."""
