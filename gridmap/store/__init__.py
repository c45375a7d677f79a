"""Layers and plans in PostGIS: the tables, the private cluster, and what is asked of them."""
