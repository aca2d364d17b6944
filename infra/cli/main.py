"""`./wellkept`: every command of the operator. Errors say what is wrong and what to do, and end with code 1."""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console
from rich.markup import escape

from layers.text import use_weights

from ..problems import Problem
from . import data, stack

app = typer.Typer(
    name="wellkept",
    help="After-sales on your own account: orders, returns and refunds of every shop, and the figures on them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
stack.register(app)
data.register(app)


@app.callback()
def options(debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    """Options of every command."""
    if debug:
        os.environ["WELLKEPT_DEBUG"] = "1"


def main() -> None:
    """Run the command; an error is told in two lines unless --debug is given."""
    use_weights()
    try:
        app(prog_name="./wellkept")
    except Problem as problem:
        _end(problem.what, problem.remedy, problem)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        remedy = "Run ./wellkept doctor; ./wellkept --debug COMMAND shows the traceback."
        _end(f"{type(error).__name__}: {error}", remedy, error)


def _end(what: str, remedy: str, error: Exception) -> None:
    if os.environ.get("WELLKEPT_DEBUG"):
        raise error
    screen = Console(stderr=True, soft_wrap=True, highlight=False)
    screen.print(f"[bold red]{escape(what)}[/]")
    screen.print(f"→ {escape(remedy)}")
    sys.exit(1)


if __name__ == "__main__":
    main()
