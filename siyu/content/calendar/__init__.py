"""The content calendar (内容日历): what is planned for which day, festivals and working days, the mix and its warnings.

``days``, ``mix``, ``ics`` are pure; ``keeping`` writes, ``reading`` reads; ``sent`` counts what really went.
"""
