"""What a message says and how it says it: forbidden words, shouting, jargon, no hook, blanket discounts, drift.

Pure: :func:`siyu.content.wording.checking.check` takes a text and rules, and gives findings. The rules are data
(``lists/``), a shop's own words lie in the ledger.
"""
