from . import coverage
from . import ranking
from . import sampling
