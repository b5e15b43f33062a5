"""Siyu 私域: the operating system of a brand's private domain."""

__version__ = "0.1.0"
