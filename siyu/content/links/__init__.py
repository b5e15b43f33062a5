"""Content links (内容链接): who opened what, how long, how far down, and who passed it on to whom."""
