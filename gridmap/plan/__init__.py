"""Cells in, grids out: the plan, its numbers, its shapes."""
