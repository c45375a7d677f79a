"""
Proofs: what no plan can do better, and what no plan can mend.

Graphs only; nothing here knows of ground or buildings. `field` is a small graph as bits,
`enumeration` lists its connected sets, `columns` is how they are asked for, `master` chooses among
them, `optimum` is the best division, `cause` is what no division can keep in the window, `bound`
what the cuts of a big graph cost at least. `listing` is of the sets of any graph, `redivision`
divides parts anew that hold few nodes, `mending` is an exact search around what is out of the
window; `assurance` is all of this for one community.
"""

from gridmap.plan.proof.assurance import Assurance, assure
from gridmap.plan.proof.bound import bound_cost
from gridmap.plan.proof.cause import Cause, find_cause
from gridmap.plan.proof.master import Limit
from gridmap.plan.proof.optimum import Proof, prove

__all__ = [
    "Assurance",
    "Cause",
    "Limit",
    "Proof",
    "assure",
    "bound_cost",
    "find_cause",
    "prove",
]
