"""The figures, a file a family. Importing this package registers them, in the order in which they are shown."""

# ruff: noqa: I001  (the order is that of the page)
from siyu.insight.figures import people, activity, sales, returning, messages
from siyu.insight.figure import figure_named, figures

__all__ = ["activity", "figure_named", "figures", "messages", "people", "returning", "sales"]
