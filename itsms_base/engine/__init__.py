"""Plain Python behind the models: no ORM state, no registry, easy to test alone."""

from . import cache
from . import canonical
from . import guard
from . import lifecycle
from . import notes
from . import numbering
from . import register_layout
