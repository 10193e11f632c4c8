"""The table of logins that ``make run`` prints: who may try what, with which password."""

import unicodedata

HEADINGS = ("Role", "Login", "Password", "Name")
NOBODY = "–"
# A demo user's password is his login; a password nobody but its owner knows is not shown.
USERS = """
SELECT u.login, p.name, u.id,
       EXISTS (SELECT 1 FROM ir_model_data d
                WHERE d.model = 'res.users' AND d.res_id = u.id
                  AND (d.module LIKE 'itsms%' OR (d.module, d.name) IN
                       (('base', 'user_admin'), ('base', 'user_demo'), ('base', 'demo_user0'))
                  )) AS delivered
  FROM res_users u JOIN res_partner p ON p.id = u.partner_id
 WHERE u.active AND u.id <> 1
 ORDER BY u.id
"""
ROLES = """
SELECT a.user_id,
       string_agg(DISTINCT coalesce(r.name ->> :'lang', r.name ->> 'en_US', r.code), ', ') AS roles
  FROM itsms_role_assignment a JOIN itsms_role r ON r.id = a.role_id
 WHERE (a.date_from IS NULL OR a.date_from <= CURRENT_DATE)
   AND (a.date_to IS NULL OR a.date_to >= CURRENT_DATE)
   AND coalesce((to_jsonb(a) ->> 'active')::boolean, true)
 GROUP BY a.user_id
"""


def table(server, db, lang):
    """The lines of the table."""
    users = server.rows(USERS, db)
    roles = _roles(server, db, lang)
    rows = [
        (
            roles.get(user["id"], NOBODY),
            user["login"],
            user["login"] if user["delivered"] else "(its owner's)",
            user["name"],
        )
        for user in sorted(users, key=lambda user: (user["id"] not in roles, user["id"]))
    ]
    return _layout([HEADINGS, *rows])


def _roles(server, db, lang):
    if not server.sql("SELECT to_regclass('public.itsms_role_assignment')", db):
        return {}
    return {row["user_id"]: row["roles"] for row in server.rows(ROLES, db, lang=lang or "en_US")}


def _layout(rows):
    widths = [max(_width(row[column]) for row in rows) for column in range(len(HEADINGS))]
    rows = [rows[0], ["─" * width for width in widths], *rows[1:]]
    return ["  ".join(map(_pad, row, widths)).rstrip() for row in rows]


def _width(text):
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _pad(text, width):
    return text + " " * (width - _width(text))
