"""Reads the register of a former system: a CSV or XLSX file into rows, words into keys."""

import csv
import datetime
import io
import re
import unicodedata
import zipfile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

UNPACKED = 300 * 1024 * 1024  # what a workbook may need when it is unpacked

# words by which a column is recognised, in lower case and without blanks
HEADERS = {
    "number": "number|no.|documentnumber|documentno|documentno.|originalnumber|code|文件编号|编号|"
    "原文件编号|原编号|文件号",
    "name": "title|name|documentname|documenttitle|文件名称|名称|标题|文件标题",
    "category": "category|type|documentcategory|documenttype|类别|文件类别|文件类型|分类|类型",
    "department": "department|responsibledepartment|owner|责任部门|部门|编制部门|归口部门|主管部门",
    "status": "revisionstatus|status|edition/revision|version|修订状态|版本|版本号|"
    "版次/修订|版本/修订",
    "edition": "edition|版次",
    "revision_no": "revision|revisionno|revisionno.|revisionnumber|修订|修订次数|修订号|修改次数",
    "secrecy": "secrecy|classification|secrecylevel|密级|信息敏感性|敏感性|保密级别",
    "publication_date": "publicationdate|publishedon|date|effectivedate|发布日期|"
    "实施日期|生效日期|日期",
    "prepared": "preparedby|author|prepare|编制|编制人|拟制|作者",
    "reviewed": "reviewedby|review|审核|审核人",
    "approved": "approvedby|approve|approver|批准|批准人|审批",
    "state": "state|inforce|状态|文件状态",
    "source": "source|publisher|来源|发布单位|发布机构",
    "medium": "medium|media|载体|介质|媒体|载体形式",
    "file": "file|filename|文件|文件名|附件",
    "alias": "alias|othername|别名",
}
TEMPLATE = (
    ("number", "Number", "文件编号"),
    ("name", "Title", "文件名称"),
    ("category", "Category", "文件类别"),
    ("department", "Department", "责任部门"),
    ("status", "Revision status", "修订状态"),
    ("publication_date", "Publication date", "发布日期"),
    ("secrecy", "Secrecy", "密级"),
    ("prepared", "Prepared by", "编制"),
    ("reviewed", "Reviewed by", "审核"),
    ("approved", "Approved by", "批准"),
    ("state", "State", "状态"),
    ("source", "Source", "来源"),
    ("medium", "Medium", "载体"),
    ("file", "File", "文件"),
)
SECRECY = {
    "top_secret": "topsecret|top_secret|绝密",
    "secret": "secret|秘密|机密",
    "internal": "internal|internalpublic|内部公开|内部",
    "public": "public|externalpublic|外部公开|公开",
}
STATES = {
    "in_force": "inforce|in_force|valid|current|yes|有效|现行|现行有效|已发布|受控|是",
    "draft": "draft|notyetinforce|inwork|草稿|未发布|编制中|未生效|否",
}
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")


class RegisterFileError(ValueError):
    """The file as a whole cannot be read; ``key`` says why."""

    def __init__(self, key):
        super().__init__(key)
        self.key = key


def _plain(text):
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", str(text or ""))).lower()


def _lookup(words):
    return {_plain(word): key for key, text in words.items() for word in text.split("|")}


_HEADER, _SECRECY, _STATE = _lookup(HEADERS), _lookup(SECRECY), _lookup(STATES)


def header_key(text):
    """Key of the column under a header, or None."""
    return _HEADER.get(_plain(text))


def secrecy_key(text):
    """Level for a word in English or Chinese, or None."""
    return _SECRECY.get(_plain(text))


def state_key(text):
    """``in_force`` or ``draft`` for a word, or None."""
    return _STATE.get(_plain(text))


def clean_number(text):
    """A number as people type it, with every kind of dash as the plain one."""
    return unicodedata.normalize("NFKC", str(text or "")).translate(DASHES).strip()


def clean_text(value):
    """A cell as text, without what a database cannot store."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()[:10]
    text = str(value if value is not None else "")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", text).strip()


def parse_status(text):
    """(edition, number of revisions) of a status such as A/0, or None."""
    found = re.fullmatch(r"([A-Z])\s*[/／]\s*(\d{1,4})", str(text or "").strip(), re.ASCII)
    return (found.group(1), int(found.group(2))) if found else None


def parse_date(text):
    """A date in one of the usual spellings, or None."""
    text = unicodedata.normalize("NFKC", str(text or "")).strip()
    found = re.fullmatch(
        r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", text, re.ASCII
    )
    if not found:
        return None
    try:
        return datetime.date(*map(int, found.groups()))
    except ValueError:
        return None


def read(content, file_name, limit):
    """Rows of a register as dicts by column key.

    :return: tuple of list of (row number in the file, dict) and list of headers not understood.
    :raise RegisterFileError: empty, unreadable, without title column, or more rows than ``limit``.
    """
    if not content:
        raise RegisterFileError("empty")
    rows = _workbook(content) if content[:2] == b"PK" else _text(content, file_name)
    header, result, unknown = None, [], []
    for position, cells in enumerate(rows, start=1):
        texts = [clean_text(cell) for cell in cells]
        if not any(texts):
            continue
        if header is None:
            keys = [header_key(text) for text in texts]
            if "name" in keys:
                header = keys
                unknown = [t for t, key in zip(texts, keys, strict=True) if t and not key]
            elif position > 20:
                break
            continue
        if len(result) >= limit:
            raise RegisterFileError("long")
        row = {}
        for key, text in zip(header, texts, strict=False):
            if key and text and not row.get(key):
                row[key] = text
        result.append((position, row))
    if header is None:
        raise RegisterFileError("header")
    if not result:
        raise RegisterFileError("empty")
    return result, unknown


def _workbook(content):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > UNPACKED:
                raise RegisterFileError("long")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        yield from book.worksheets[0].iter_rows(values_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, OSError) as exc:
        raise RegisterFileError("unreadable") from exc


def _text(content, file_name):
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise RegisterFileError("unreadable")
    if "\0" in text:
        raise RegisterFileError("unreadable")
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as exc:
        raise RegisterFileError("unreadable") from exc
