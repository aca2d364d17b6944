"""Reasons: why a line came back. `reading` turns a code and a buyer's words into one; `decided` says which one counts."""
