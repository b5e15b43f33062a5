"""Codes at WeCom, where friends come from: contact ways and join ways. See README.md in this folder."""
