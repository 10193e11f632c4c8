from . import itsms_document_loan_dialog
from . import itsms_document_copy_act
from . import itsms_document_new_revision
from . import itsms_document_obsolete
from . import itsms_document_watch
from . import itsms_document_as_of
from . import itsms_record_act
from . import itsms_record_correction
