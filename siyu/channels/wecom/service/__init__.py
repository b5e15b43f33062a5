"""微信客服: what customers write to service accounts, read in order; answers within the platform's windows."""
