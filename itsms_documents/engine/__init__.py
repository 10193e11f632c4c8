"""Plain Python behind the models."""

from . import register_file
