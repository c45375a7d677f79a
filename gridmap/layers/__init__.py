"""Files in, clean layers and a balanced ledger out."""

from gridmap.layers.intake import assemble, read_grids, read_layers

__all__ = ["assemble", "read_grids", "read_layers"]
