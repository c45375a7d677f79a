"""Service grids from building and household layers, so that no household is missed (格不漏户)."""
