from . import itsms_document_category
from . import itsms_document_medium
from . import itsms_document
from . import itsms_document_revision
from . import itsms_document_seed
from . import itsms_my_work
from . import res_config_settings
