"""Score and ranking of improvements, levels of risks: plain arithmetic (CPA-18, SMS-8)."""

LEVELS = ((16, "very_high"), (10, "high"), (5, "medium"), (0, "low"))


def score(pairs):
    """Σ weight × points ÷ Σ weight, 0 to 5; nothing weighed gives 0.

    :param pairs: iterable of ``(weight, points)``.
    """
    pairs = [(weight, points) for weight, points in pairs if weight > 0]
    total = sum(weight for weight, _points in pairs)
    if not total:
        return 0.0
    return sum(weight * points for weight, points in pairs) / total


def rank(value, effort):
    """Score ÷ effort class; without an effort class there is no rank."""
    return value / effort if effort else 0.0


def level(value):
    """Level of a risk from likelihood × impact: 1–4, 5–9, 10–15, 16–25."""
    return next(name for least, name in LEVELS if value >= least) if value else False


def reached(value, target, better):
    """Whether ``value`` meets ``target``, where higher or lower is better."""
    return value >= target if better == "higher" else value <= target


def covers(spans, start, end, tail=0):
    """Whether periods cover every day from ``start`` to ``end``; the last ``tail`` days may miss.

    :param spans: pairs of first and last day, both included, in any order.
    """
    if end < start:
        return False
    covered_to = start.toordinal() - 1
    for first, last in sorted(spans):
        if first.toordinal() > covered_to + 1:
            break
        covered_to = max(covered_to, last.toordinal())
    return covered_to >= start.toordinal() and covered_to + tail >= end.toordinal()
