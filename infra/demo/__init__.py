"""A shop to look at: history and webhooks made up by chance from a fixed seed."""
