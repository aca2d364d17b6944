"""Training the reason classifier: one command, seeded. `make train` runs it; nothing here is used while serving."""
