"""What the coverage of the standard is made of, without ORM: period, findings, states (4.2)."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

GREEN, AMBER, RED, UNCHECKED = "green", "amber", "red", "unchecked"
# the worst decides; what cannot be checked is never green, but hides no amber and no red
_RANK = {GREEN: 0, UNCHECKED: 1, AMBER: 2, RED: 3}


class Period(NamedTuple):
    """Days, both included, within which records count; ``operational`` is the later start for
    records of daily operation; ``today`` is the day by which overdue is measured."""

    start: date
    operational: date
    end: date
    today: date


@dataclass
class Finding:
    """One reason for the state of a clause.

    :param key: code of the reason; its words come from the checks' ``_reasons``.
    :param params: what the words speak of, plain JSON; a list holds texts and named records.
    :param model, domain: the records behind it, for drill-down.
    """

    state: str
    key: str
    params: dict = field(default_factory=dict)
    model: str = ""
    domain: list = field(default_factory=list)


def worst(states):
    """State of a clause from the states of its findings; green if there is none."""
    return max(states, key=_RANK.__getitem__, default=GREEN)


def overdue_state(days, grace):
    """Amber while something is due or overdue up to ``grace`` days, then red (4.2)."""
    if days > grace:
        return RED
    return AMBER if days >= 0 else GREEN
