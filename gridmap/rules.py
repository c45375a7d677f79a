"""
What a good plan is: bands, caps and weights, as a value that is saved with the plan.

The numbers follow published local rules (see the profile files in `gridmap/profiles/`); every
one of them is a setting that a county can change in a file of its own.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from importlib.resources import files
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from gridmap.errors import InputError
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

Alternative = Literal["by_rule", "least_change", "most_even", "clearest_borders"]
"""What a plan puts first: the rule as it is, afresh or from grids there are, or one side of it."""

DEFAULT_PROFILE: Final = "cn-urban"
MAY_BE_ZERO: Final = frozenset(
    {
        "low",
        "micro_low",
        "capacity_tolerance",
        "reach_m",
        "weight_cut",
        "weight_size",
        "weight_shape",
        "weight_split",
        "weight_moved",
        "weight_micro",
    }
)


OWN_BAND: Final = {"households": "low, high", "persons": "persons_cap"}
"""What is counted anyway, and where its band stands."""

ROUNDING: Final = 1e-6
ENDS: Final = ("low", "high")


@dataclass(frozen=True, slots=True)
class Band:
    """What a grid may hold of one load, by the name of its column; no `high`, no upper limit."""

    name: str
    low: float = 0.0
    high: float | None = None

    def holds(self, load: float) -> bool:
        """Is so much of it in the band, but for rounding: loads need not be whole numbers."""
        top = inf if self.high is None else self.high
        return self.low - ROUNDING <= load <= top + ROUNDING


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule a plan is made by. Households unless a name says otherwise."""

    profile: str = DEFAULT_PROFILE
    target: int = 400
    low: int = 300
    high: int = 500
    persons_cap: int = 2500
    micro_low: int = 50
    micro_high: int = 80
    weight_cut: float = 1.0  # for a point of border: a metre costs 0.03 to 1.5 points
    weight_size: float = 5.0  # for a grid half the band away from the target
    weight_shape: float = 10.0  # for each time a grid's outline² exceeds that of a circle
    weight_split: float = 30.0  # for each further piece of a compound
    weight_moved: float = 2.0  # for each household that changes grid
    weight_micro: float = 30.0  # for each household that a micro-grid has too many or too few
    even_size_factor: float = 30.0  # weight_size times this for the most even alternative
    clear_cut_factor: float = 4.0  # weight_cut times this for the one of the clearest borders
    clear_size_factor: float = 0.25  # and weight_size times this
    code_profile: str = "bj15"
    persons_per_household: float = 2.6  # where the input counts households but no persons
    dwelling_m2: float = 100.0  # floor area of one home, where households are estimated
    storey_m: float = 3.0
    capacity_tolerance: float = 0.5  # share by which a ledger may differ from floors x units
    reach_m: float = 25.0  # how far from a footprint coordinates may lie; 0: inside only
    match_sure: float = 0.95  # below this confidence a building is only offered, to a person
    loads: tuple[Band, ...] = ()  # further columns that have a band of their own, by name

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Rules:
        """Take the values as :meth:`to_dict` gives them, or as they stand in a profile."""
        told = dict(values)
        bands = sorted(dict(told.pop("loads", {})).items())
        return cls(**told, loads=tuple(Band(name, **ends) for name, ends in bands))

    @property
    def load_names(self) -> tuple[str, ...]:
        """Name the further loads."""
        return tuple(band.name for band in self.loads)

    def leaning(self, alternative: Alternative | None) -> Rules:
        """
        Give the rule that an alternative is searched by; it is weighed by this one all the same.

        The most even and the clearest plan are what could be had if nobody minded moving.
        """
        if alternative == "most_even":
            size = self.weight_size * self.even_size_factor
            return replace(self, weight_size=size, weight_moved=0.0)
        if alternative == "clearest_borders":
            cut, size = self.clear_cut_factor, self.clear_size_factor
            return replace(
                self,
                weight_cut=self.weight_cut * cut,
                weight_size=self.weight_size * size,
                weight_moved=0.0,
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """Give the values by name, as they are saved with a plan."""
        loads = {band.name: {"low": band.low, "high": band.high} for band in self.loads}
        return {**asdict(self), "loads": loads}


def profile_names() -> list[str]:
    """
    List the rule profiles that come with gridmap.

    Returns
    -------
    names
        In alphabetical order.
    """
    folder = files("gridmap") / "profiles"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir())


def load_rules(name: str = DEFAULT_PROFILE) -> Rules:
    """
    Load a rule profile by name, or from a file of one's own.

    Parameters
    ----------
    name
        A name of :func:`profile_names`, or the path of a TOML file with some of the fields of
        :class:`Rules`; what the file does not say is as in `cn-urban`.

    Returns
    -------
    rules
        The rule, with `profile` set to the file's own name.

    Raises
    ------
    InputError
        If there is no such profile or file, or it holds what is not a rule: all faults at once.
    """
    path = Path(name)
    if name in profile_names():
        content = (files("gridmap") / "profiles" / f"{name}.toml").read_bytes()
    elif path.is_file():
        content = path.read_bytes()
    else:
        known = ", ".join(profile_names())
        raise InputError(_fault("rule_unknown", name=name, known=known))
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(_fault("rule_unreadable", name=name, error=str(error))) from error
    return _checked({"profile": path.stem, **values}, name)


def rules_from(profile: str, changes: Mapping[str, Any]) -> Rules:
    """
    Make a rule of a profile that comes with gridmap and what is to be otherwise.

    Parameters
    ----------
    profile
        A name of :func:`profile_names`; never a file.
    changes
        Fields of :class:`Rules`, as in a profile file.

    Returns
    -------
    rules
        The rule.

    Raises
    ------
    InputError
        If there is no such profile, or the changes hold what is not a rule: all faults at once.
    """
    known = profile_names()
    if profile not in known:
        raise InputError(_fault("rule_unknown", name=profile, known=", ".join(known)))
    file = files("gridmap") / "profiles" / f"{profile}.toml"
    values = tomllib.loads(file.read_text("utf-8"))
    return _checked({"profile": profile, **values, **changes}, profile)


def _checked(values: dict[str, Any], name: str) -> Rules:
    known = {field.name: type(field.default) for field in fields(Rules)}
    faults = [
        _fault("rule_stranger", name=name, key=key, known=", ".join(known))
        for key in values
        if key not in known
    ]
    faults += [
        _fault("rule_value", name=name, key=key, value=str(value))
        for key, value in values.items()
        if key in known and key != "loads" and not _is_usable(key, value, known[key])
    ]
    faults += _load_faults(values.get("loads", {}), name)
    if not faults:
        rules = Rules.of(values)
        if not 0 <= rules.low <= rules.target <= rules.high or rules.micro_low > rules.micro_high:
            faults.append(_fault("rule_band", name=name))
    if faults:
        raise InputError(*faults)
    return rules


def _load_faults(loads: object, name: str) -> list[Fault]:
    """Say what is wrong with the bands of further loads."""
    if not isinstance(loads, dict):
        return [_fault("rule_load_band", name=name, key="loads")]
    faults = []
    for load, band in loads.items():
        key = f"loads.{load}"
        if load in OWN_BAND:
            faults.append(_fault("rule_load_counted", name=name, key=key, own=OWN_BAND[load]))
        elif not load.isidentifier() or load != load.casefold():
            faults.append(_fault("rule_load_name", name=name, key=key))
        elif not isinstance(band, dict) or not _is_band(band):
            faults.append(_fault("rule_load_band", name=name, key=key))
        else:
            faults += [
                _fault("rule_stranger", name=name, key=f"{key}.{end}", known=", ".join(ENDS))
                for end in band
                if end not in ENDS
            ]
    return faults


def _is_band(band: Mapping[str, Any]) -> bool:
    """Say whether the ends of a band are numbers that a load can lie between."""
    low, high = band.get("low", 0), band.get("high", inf)
    if not all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in (low, high)):
        return False
    return 0 <= low <= high and high > 0 and isfinite(low) and not ("high" in band and high == inf)


def _is_usable(key: str, value: object, kind: type) -> bool:
    """Is `value` of its kind, and a number that one can divide by where that is done."""
    if kind is str or isinstance(value, (bool, str)):
        return kind is str and isinstance(value, str)
    if not isinstance(value, (int, float) if kind is float else int):
        return False
    return isfinite(value) and (value > 0 or (value == 0 and key in MAY_BE_ZERO))


def _fault(kind: str, **fields: str) -> Fault:
    return Fault("rules", None, kind, "refused", fields)
