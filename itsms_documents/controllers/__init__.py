from . import verify
from . import as_of
