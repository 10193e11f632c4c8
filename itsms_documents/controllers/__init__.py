from . import as_of
from . import documents
from . import portal
from . import verify
from . import viewer
