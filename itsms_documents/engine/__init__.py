"""Plain Python behind the models: no ORM state, easy to test alone."""

from . import compare
from . import register_file
