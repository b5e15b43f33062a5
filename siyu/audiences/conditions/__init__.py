"""The conditions a rule is made of, one kind a file. Each class says once what it means in SQL, Python and words."""
