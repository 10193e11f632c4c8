"""Side-by-side comparison of two texts in HTML: blocks first, then words inside changed blocks.

The answer is made of escaped text and a handful of own tags (``ins``, ``del``, table rows), so
nothing of the input is ever rendered as markup.
"""

import hashlib
import re
from collections import Counter
from difflib import SequenceMatcher
from typing import NamedTuple

from lxml import html
from markupsafe import Markup, escape

_BLOCKS = {
    "address", "article", "blockquote", "body", "caption", "dd", "div", "dl", "dt", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre",
    "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_SILENT = {"script", "style", "head", "title", "template"}
# one Chinese character is a word of its own
_TOKEN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|\w+|\s+|[^\w\s]")
_WORDS_MAX = 4_000_000  # tokens on one side × tokens on the other; beyond it, whole blocks
_BLOCKS_MAX = 25_000_000
_ALIKE = 0.35  # blocks less alike than this stand below each other, not side by side
_NEAR = 10  # how many blocks ahead a partner is looked for
_CONTEXT = 2


class Block(NamedTuple):
    """One paragraph, heading, list item or table row."""

    kind: str
    text: str


class Row(NamedTuple):
    """One line of the comparison: ``same``, ``changed``, ``added``, ``removed`` or ``gap``."""

    status: str
    left: Markup
    right: Markup


def blocks(source):
    """Blocks of an HTML text in reading order; empty ones are left out."""
    source = str(source or "").replace("\0", "").strip()
    if not source:
        return []
    root = html.fragment_fromstring(source, create_parent="div")
    found = []
    _walk(root, "p", found, [])
    return found


def _flush(found, kind, parts):
    text = " ".join("".join(parts).split())
    parts.clear()
    if text:
        found.append(Block(kind, text))


def _walk(node, kind, found, parts):
    """Collect inline text in ``parts`` and close a block at every block border."""
    parts.append(node.text or "")
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else None
        if tag == "br":
            parts.append("\n")
        elif tag == "img":
            parts.append(_image(child))
        elif tag == "tr":
            _flush(found, kind, parts)
            cells = [" ".join(cell.text_content().split()) for cell in child.iter("td", "th")]
            _flush(found, "tr", [" | ".join(cells) if any(cells) else ""])
        elif tag in _BLOCKS:
            _flush(found, kind, parts)
            inner = tag if tag in _HEADINGS or tag == "li" else kind
            _walk(child, inner, found, parts)
            _flush(found, inner, parts)
        elif tag and tag not in _SILENT:
            _walk(child, kind, found, parts)
        parts.append(child.tail or "")
    if node.getparent() is None:
        _flush(found, kind, parts)


def _image(node):
    """A picture as a word that changes with it."""
    source = node.get("src") or ""
    mark = hashlib.sha256(source.encode()).hexdigest()[:8]
    return f" [{node.get('alt') or '▣'} {mark}] "


def rows(left, right):
    """Rows of the comparison of two HTML texts."""
    old, new = blocks(left), blocks(right)
    result = []
    for tag, i1, i2, j1, j2 in _opcodes(old, new, _BLOCKS_MAX):
        if tag == "equal":
            result += [Row("same", _plain(block), _plain(block)) for block in old[i1:i2]]
        else:
            result += _replaced(old[i1:i2], new[j1:j2])
    return result


def _opcodes(old, new, limit):
    # the heuristic for popular elements hides changes; it is for texts beyond all measure only
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > limit)
    return matcher.get_opcodes()


def _replaced(old, new):
    """Rows for a stretch of blocks that differ: alike ones side by side, in order."""
    result, start = [], 0
    words = [_words(block) for block in new]
    for block in old:
        match = _most_alike(_words(block), words, start)
        if match is None:
            result.append(Row("removed", _whole(block, "del"), Markup()))
            continue
        result += [Row("added", Markup(), _whole(b, "ins")) for b in new[start:match]]
        result.append(_changed(block, new[match]))
        start = match + 1
    result += [Row("added", Markup(), _whole(b, "ins")) for b in new[start:]]
    return result


def _words(block):
    return Counter(token for token in _TOKEN.findall(block.text) if not token.isspace())


def _most_alike(words, candidates, start):
    """Index of the candidate from ``start`` on with most words in common; near ones only."""
    best, index = _ALIKE, None
    for position in range(start, min(len(candidates), start + _NEAR)):
        other = candidates[position]
        alike = 2 * (words & other).total() / ((words.total() + other.total()) or 1)
        if alike > best:
            best, index = alike, position
    return index


def _changed(old, new):
    """Row of two alike blocks with the changed words marked."""
    one, two = _TOKEN.findall(old.text), _TOKEN.findall(new.text)
    if len(one) * len(two) > _WORDS_MAX:
        return Row("changed", _whole(old, "del"), _whole(new, "ins"))
    left, right = [], []
    for tag, i1, i2, j1, j2 in _opcodes(one, two, _WORDS_MAX):
        before, after = escape("".join(one[i1:i2])), escape("".join(two[j1:j2]))
        left.append(before if tag == "equal" or not before else Markup("<del>%s</del>") % before)
        right.append(after if tag == "equal" or not after else Markup("<ins>%s</ins>") % after)
    return Row("changed", _tagged(old, Markup().join(left)), _tagged(new, Markup().join(right)))


def _plain(block):
    return _tagged(block, escape(block.text))


def _whole(block, tag):
    return _tagged(block, Markup("<{0}>%s</{0}>").format(tag) % block.text)


def _tagged(block, content):
    """Headings and list items look like what they are."""
    if block.kind in _HEADINGS:
        return Markup("<strong>%s</strong>") % content
    if block.kind == "li":
        return Markup("• ") + content
    return content


def fold(found):
    """Only the changes among the rows, with two rows of what stands around them."""
    keep = set()
    for index, row in enumerate(found):
        if row.status != "same":
            keep.update(range(index - _CONTEXT, index + _CONTEXT + 1))
    result = []
    for index, row in enumerate(found):
        if index in keep:
            result.append(row)
        elif not result or result[-1].status != "gap":
            result.append(Row("gap", Markup("…"), Markup("…")))
    return result


def table(found):
    """The rows as an HTML table."""
    lines = [Markup('<tr class="itsms-%s"><td>%s</td><td>%s</td></tr>') % row for row in found]
    return Markup('<table class="itsms-compare"><tbody>%s</tbody></table>') % Markup().join(lines)
