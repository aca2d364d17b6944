"""Wellkept: after-sales turned from repair into prevention.

    platform ─► app.py ─► steps/receive ─┬─► events table ─stream─► steps/react ─┬─► orders table ─stream─► steps/land ─► S3
    file ─────► steps/import_ ───────────┘                                       └─► outbox table              │
                platforms/, formats/ (pure)                        rules/ (pure)        metrics/ ◄─ Parquet ◄─ steps/merge

Words live in `model`, decisions in `platforms`, `formats` and `rules` (all pure), all input and output in `effects`, and
`steps` is the only place where they meet. `tests/test_architecture.py` holds this.
"""
