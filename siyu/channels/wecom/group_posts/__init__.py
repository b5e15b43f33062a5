"""Mass messages to groups (群发到客户群): owners confirm them, each group gets them once."""
