"""The console: page models and texts (pure), and what is served as it lies here (schema/)."""

VERSION = "0.1.0"
