"""Douyin (抖音): private messages, follows, groups, lead cards. See README.md in this folder."""
