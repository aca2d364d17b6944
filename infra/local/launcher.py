"""Starts the emulator with our keeper of its state and our relay of its mail. Run by the emulator's own Python:
`-m infra.local.launcher`.

Reads STATE_DIR, MAIL_DIR and GATEWAY_PORT, which infra/local/process.py sets.
"""

from __future__ import annotations

import importlib
import logging
import os
from pathlib import Path

from .keeper import Keeper
from .ledger import Ledger
from .relay import Relay


def main() -> None:
    """Serve until told to stop."""
    app = importlib.import_module("ministack.app")
    services = "ministack.services"
    keeper = Keeper(
        Ledger(Path(os.environ["STATE_DIR"]) / "state.sqlite"),
        app=app,
        persistence=importlib.import_module("ministack.core.persistence"),
        dynamodb=importlib.import_module(f"{services}.dynamodb"),
        lambdas=importlib.import_module(f"{services}.lambda_svc"),
    )
    keeper.watch()
    relay = Relay(
        Path(os.environ["MAIL_DIR"]),
        app=app,
        ses=importlib.import_module(f"{services}.ses"),
        ses_v2=importlib.import_module(f"{services}.ses_v2"),
        sns=importlib.import_module(f"{services}.sns"),
    )
    relay.watch()
    logging.getLogger("hypercorn.access").setLevel(logging.WARNING)
    app.main()


if __name__ == "__main__":
    main()
