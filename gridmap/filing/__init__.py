"""
The filing pack: what an office puts on its shelf when a version has been published.

`reading` takes a published version out of the store, `sketch` draws its map, `pages` sets the
sheets, `book` writes the workbook, and `pack` puts everything into one ZIP with a manifest. The
same version gives the same bytes. No household is in it: grids and buildings with their counts.
"""

from gridmap.filing.pack import make_pack
from gridmap.filing.record import Filing

__all__ = ["Filing", "make_pack"]
