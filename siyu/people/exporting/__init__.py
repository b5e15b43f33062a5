"""Files out: lists of people for spreadsheets, audiences for advertising platforms."""
