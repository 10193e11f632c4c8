from . import coverage
from . import sampling
