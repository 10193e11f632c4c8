"""Rules for Python: ``sudo()`` only with the reason beside it."""

import ast
import io
import tokenize

from .findings import finding

REACH = 3  # lines above the statement in which the comment may stand


def check(root, files):
    """``sudo()`` in a module without a comment or docstring that says why it is safe."""
    for path in files:
        parts = path.relative_to(root).parts
        if path.suffix == ".py" and parts[0].startswith("itsms_") and "tests" not in parts:
            for number in bare_sudo(path.read_text(encoding="utf-8")):
                yield finding(root, path, number, "sudo-reason",
                              "say in a comment why it is safe (`# sudo: …`)")


def bare_sudo(source):
    """Numbers of the lines that call ``sudo()`` with no reason given."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []  # ruff reports it
    comments = {
        token.start[0]: token.string for token in
        tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.COMMENT
    }
    return sorted({call.end_lineno for function, statement, call in _sudo_calls(tree)
                   if not _explained(function, statement, call, comments)})


def _explained(function, statement, call, comments):
    if function and "sudo" in (ast.get_docstring(function) or "").lower():
        return True  # the docstring says why
    near = range(min(statement.lineno, call.lineno) - REACH, call.end_lineno + 1)
    above = range(function.lineno if function else near.start, call.lineno)
    return any(number in comments for number in near) or any(
        comments.get(number, "").startswith("# sudo") for number in above
    )


def _sudo_calls(tree):
    """Every call of ``sudo()`` with the function and the innermost statement it stands in."""
    def visit(node, function, statement):
        if isinstance(node, ast.FunctionDef):
            function = node
        if isinstance(node, ast.stmt):
            statement = node
        if isinstance(node, ast.Call) and _is_sudo(node):
            yield function, statement, node
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function, statement)

    yield from visit(tree, None, None)


def _is_sudo(call):
    """``x.sudo()`` or ``x.sudo(True)``; ``x.sudo(False)`` gives rights back."""
    off = call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value is False
    return isinstance(call.func, ast.Attribute) and call.func.attr == "sudo" and not off
