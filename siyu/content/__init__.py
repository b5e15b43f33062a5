"""What is said: a library of pieces with versions, templates, wording, calendar, matching."""
