def plain(value):
    """What a client sent as a note, as text: trimmed, without the NUL that PostgreSQL refuses."""
    return str(value or "").replace("\0", "").strip()
