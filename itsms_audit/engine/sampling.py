"""Random samples that anybody can draw again (EVD-2): plain Python, no ORM.

A record's place in the draw is the SHA-256 of seed and id. The same seed over the same population
gives the same sample on every machine and with every version of Python, and an external auditor
can recompute it with any tool that knows SHA-256.
"""

import hashlib
from math import isqrt

MINIMUM, MAXIMUM = 3, 25


def sample_size(population):
    """Square root of the population rounded up, at least 3, at most 25, never more than there is.

    >>> [sample_size(n) for n in (0, 2, 9, 10, 100, 101, 5000)]
    [0, 2, 3, 4, 10, 11, 25]
    """
    root = isqrt(population)
    root += root * root < population
    return min(population, max(MINIMUM, min(MAXIMUM, root)))


def rank(seed, record_id):
    """Place of a record in the draw: the smaller comes first."""
    return hashlib.sha256(f"{seed}:{record_id}".encode()).hexdigest()


def allocate(sizes, size):
    """How many to draw from each stratum.

    Every stratum gives at least one where ``size`` allows it, the rest is shared out by what is
    left in each (largest remainder). With fewer draws than strata the largest strata come first.

    :param sizes: dict of stratum to number of records.
    :return: dict of stratum to number of draws; they sum up to ``min(size, population)``.
    """
    sizes = {key: count for key, count in sizes.items() if count > 0}
    population = sum(sizes.values())
    size = max(0, min(size, population))
    order = sorted(sizes, key=lambda key: (-sizes[key], str(key)))
    if size <= len(sizes):
        return {key: int(place < size) for place, key in enumerate(order)}
    rest, left = size - len(sizes), population - len(sizes)
    shares = {key: divmod(rest * (sizes[key] - 1), left) for key in order}
    result = {key: 1 + share for key, (share, _remainder) in shares.items()}
    missing = size - sum(result.values())
    by_remainder = sorted(order, key=lambda key: -shares[key][1])
    for key in by_remainder[:missing]:
        result[key] += 1
    return result


def draw(strata, size, seed):
    """Draw ``size`` ids.

    :param strata: dict of stratum to ids; one key for a sample without strata.
    :return: list of pairs stratum, id, in the order of the draw.
    """
    quota = allocate({key: len(ids) for key, ids in strata.items()}, size)
    return [
        (key, record_id)
        for key in sorted(quota, key=str)
        for record_id in sorted(strata[key], key=lambda i: (rank(seed, i), i))[: quota[key]]
    ]
