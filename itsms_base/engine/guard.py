"""The forge-proof mark that lets the engine, and nobody else, write what it owns.

A client can send any context key over RPC, but only values that JSON can carry. The mark is a
private Python object, compared by identity, so no client can send it. Hooks of the modules are
always called without the mark: it goes around one ORM write, not around a procedure.
"""

_KEY = "itsms_engine"
_MARK = object()


def as_engine(records):
    """Return ``records`` in an environment that may write fields owned by the engine."""
    return records.with_context(**{_KEY: _MARK})


def is_engine(env):
    """Tell whether ``env`` carries the mark itself, not a look-alike from a client."""
    return env.context.get(_KEY) is _MARK


def without_engine(records):
    """Return ``records`` without the mark, for calling hooks."""
    return records.with_context(**{_KEY: None}) if is_engine(records.env) else records
