"""WeChat Pay: money to a person's balance."""
