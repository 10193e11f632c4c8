from . import itsms_document_cover
from . import itsms_document_copy_report
from . import itsms_record_disposal_report
