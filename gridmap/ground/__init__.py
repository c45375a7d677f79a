"""Barriers → blocks nothing crosses → the cell of every building → which cells touch, and where."""
