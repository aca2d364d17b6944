"""Between Chalice and the steps."""
