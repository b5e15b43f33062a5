"""The reports, a file each. Importing this package registers them."""

from siyu.insight.report import report_named, reports
from siyu.insight.reports import core, funnel, retention, rfm

__all__ = ["core", "funnel", "report_named", "reports", "retention", "rfm"]
