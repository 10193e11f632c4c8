from . import itsms_document_cover
