from . import verify
from . import as_of
from . import documents
