"""The one translation of SQL: Athena's dialect (Trino) into DuckDB's, which answers for Athena on the laptop."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..model.errors import BadPayload

if TYPE_CHECKING:
    from sqlglot.errors import ParseError
    from sqlglot.expressions import Expr


def local(sql: str) -> str:
    """One statement in Athena's dialect as DuckDB reads it; what sqlglot has no grammar for (SHOW, DESCRIBE) stays as it is.

    BadPayload tells where when the text is no statement, several of them, or uses what DuckDB has nothing for. Known
    difference: the quotient of two whole columns is whole on Athena but not in DuckDB; cast one of them to say which you mean.
    """
    from sqlglot import ErrorLevel, exp, parse
    from sqlglot.errors import ParseError, TokenError, UnsupportedError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every SHOW; what matters is raised
    try:
        trees = [tree for tree in parse(sql, read="trino") if tree is not None]
        if len(trees) != 1:
            raise BadPayload(f"expected one statement, got {len(trees)}", "sql")
        if isinstance(trees[0], exp.Command):
            return sql
        return trees[0].transform(_as_athena_means).sql(dialect="duckdb", pretty=True, unsupported_level=ErrorLevel.RAISE)
    except ParseError as err:
        raise BadPayload(_told(err), "sql") from err
    except (TokenError, UnsupportedError) as err:
        raise BadPayload(str(err).strip(), "sql") from err


def _as_athena_means(node: Expr) -> Expr:
    """What sqlglot leaves different between the two."""
    from sqlglot import exp

    if isinstance(node, exp.DateDiff):
        # Trino counts whole units between two times, DuckDB's date_diff the boundaries crossed; its date_sub counts as Trino.
        unit = exp.Literal.string((node.text("unit") or "day").lower())
        return exp.func("date_sub", unit, node.expression, node.this, dialect="duckdb")
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.TIMESTAMP:
        # A precision makes it another type in DuckDB, whose answers would then come back as text.
        node.set("expressions", None)
    return node


def _told(err: ParseError) -> str:
    first = err.errors[0] if err.errors else {}
    what = str(first.get("description") or err).partition(" <Token")[0].removesuffix(" but got")
    return f"line {first.get('line')}, column {first.get('col')}, near {first.get('highlight')!r}: {what}"
