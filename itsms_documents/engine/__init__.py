"""Plain Python behind the models."""

from . import register_file
"""Plain Python behind the models: no ORM state, easy to test alone."""

from . import compare
