"""One way to turn content into bytes and bytes into a digest (SHA-256, hexadecimal)."""

import datetime
import hashlib
import json


def _plain(value):
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def canonical_json(data):
    """Serialise ``data`` so that equal content always gives equal text."""
    return json.dumps(
        data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    )


def digest(data):
    """SHA-256 of the canonical form of ``data``."""
    return hashlib.sha256(canonical_json(data).encode("utf-8")).hexdigest()


def content_digest(content):
    """SHA-256 of raw ``content`` (bytes, or nothing)."""
    return hashlib.sha256(content or b"").hexdigest()
