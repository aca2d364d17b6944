"""The local stack: AWS on this laptop."""
