"""Files in: orders, events and people from CSV, Excel and Parquet. See README.md."""
