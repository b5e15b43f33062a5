"""Care: birthdays, anniversaries and surprises; each with a budget, once a year a person, and its effect shown."""
