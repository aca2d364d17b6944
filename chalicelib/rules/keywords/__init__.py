"""Keywords: what the texts of complaints say more often than ordinary texts do. `ranking.table` makes the list."""
