"""Declaration of a life-cycle transition (COM-2): data, checked by ``itsms.lifecycle.mixin``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Transition:
    """One named way from a state to another.

    :param name: key by which the transition is called.
    :param label: what people read (a lazy translation).
    :param sources: states from which it starts.
    :param target: state in which it ends.
    :param roles: codes of ``itsms.role``; a holder of any of them may run it.
    :param groups: external ids of groups; a member of any of them may run it.
        Without roles and groups, whoever may write the record may run it.
    :param requires: fields that must be filled.
    :param reason: a comment is mandatory.
    :param internal: only the engine runs it (on the last decision, on publication …).
    """

    name: str
    label: object
    sources: tuple
    target: str
    roles: tuple = ()
    groups: tuple = ()
    requires: tuple = ()
    reason: bool = False
    internal: bool = False
