"""
Proofs: what no plan can do better, and what no plan can mend.

Graphs only; nothing here knows of ground or buildings. `enumeration` lists connected sets,
`columns` is how they are asked for, `master` chooses among them, `optimum` is the best division,
`cause` is what no division can keep in the window.
"""

from gridmap.plan.proof.cause import Cause, find_cause
from gridmap.plan.proof.master import Limit
from gridmap.plan.proof.optimum import Proof, prove

__all__ = ["Cause", "Limit", "Proof", "find_cause", "prove"]
