"""The linters' own rules, the counting of test results, the merging of translations."""

import json
import os
import subprocess
import sys
import textwrap

import polib
import pytest

import merge_translations
from bootstrap import config, odoo_source, testing
from bootstrap.errors import Problem
from bootstrap.postgres import Server
from bootstrap.settings import ROOT, Settings
from house_rules import modules, python, text, translations, xml
from house_rules.findings import tracked_files


class TestSudo:
    @pytest.mark.parametrize(("source", "lines"), [
        ("x = self.sudo().name\n", [1]),
        ("x = self.sudo().name  # only the name, which everybody may see\n", []),
        ("# only the name is used\nx = self.sudo().name\n", []),
        ("# far away\na = 1\nb = 1\nc = 1\nx = self.sudo()\n", [5]),
        ("x = '.sudo()'\n", []),
        ('def f(self):\n    """Counts only (sudo: no content is shown)."""\n    a = 1\n    b = 1\n'
         "    c = 1\n    return self.sudo().search_count([])\n", []),
        ("x = self.sudo(False)\n", []),
        ("# reason\nx = (\n    self\n    .a\n    .b\n    .sudo()\n)\n", []),
        ("def f(self):\n    # sudo: counts only\n    a = 1\n    b = 1\n    c = 1\n    d = 1\n"
         "    return self.sudo().search_count([])\n", []),
        ("def f(self):\n    # sudo: counts only\n    return 1\n\n\n\n"
         "def g(self):\n    return self.sudo()\n", [8]),
    ])
    def test_reason_beside_it(self, source, lines):
        assert python.bare_sudo(source) == lines


class TestText:
    @pytest.mark.parametrize(("line", "rule"), [
        ("see https://" + "pypi" + ".org/simple", "registry-address"),
        ("deb http://deb." + "debian" + ".org/x sid main", "registry-address"),
        ("registry." + "npmjs" + ".org", "registry-address"),
        ("open('/" + "home/wang/x')", "machine-path"),
        ("cd /" + "root/itsms", "machine-path"),
        ("url = '/web/home/x'", None),
        ("https://example.com/home/page", None),
        ("on Debian: apt-get install", None),
    ])
    def test_addresses_and_paths(self, tmp_path, line, rule):
        (tmp_path / "a.md").write_text(line)
        found = list(text.check(tmp_path, [tmp_path / "a.md"]))
        assert [finding.rule for finding in found] == ([rule] if rule else [])

    def test_length(self, tmp_path):
        (tmp_path / "a.py").write_text("x\n" * 601)
        (tmp_path / "a.md").write_text("x\n" * 601)
        found = list(text.check(tmp_path, sorted(tmp_path.iterdir())))
        assert [(finding.path, finding.rule) for finding in found] == [("a.py", "file-length")]

    def test_this_repository(self):
        """No address of a registry and no path of a machine in what is committed."""
        assert list(text.check(ROOT, tracked_files(ROOT))) == []


class TestXml:
    def check(self, tmp_path, content, name="views/a.xml"):
        path = tmp_path / "itsms_x" / name
        path.parent.mkdir(parents=True)
        path.write_text(textwrap.dedent(content))
        return [finding.message for finding in xml.check(tmp_path, tmp_path / "itsms_x")]

    def view(self, xmlid, name, inherit="", arch="<form/>"):
        return f"""\
            <odoo><record id="{xmlid}" model="ir.ui.view">
                <field name="name">{name}</field>
                <field name="model">itsms.x.line</field>
                {inherit and f'<field name="inherit_id" ref="{inherit}"/>'}
                <field name="arch" type="xml">{arch}</field>
            </record></odoo>"""

    @pytest.mark.parametrize(("xmlid", "name", "inherit", "arch", "problems"), [
        ("itsms_x_line_view_form", "itsms.x.line.view.form", "", "<form/>", 0),
        ("itsms_x_line_view_form_short", "itsms.x.line.view.form.short", "", "<form/>", 0),
        ("itsms_x_line_form", "itsms.x.line.form", "", "<form/>", 2),
        ("itsms_x_line_view_list", "itsms.x.line.view.list", "", "<form/>", 2),
        ("itsms_x_line_view_form_inherit_itsms_x", "itsms.x.line.view.form.inherit.itsms_x",
         "m.itsms_x_line_view_form", "<xpath/>", 0),
        ("itsms_x_line_view_form", "itsms.x.line.view.form",
         "m.itsms_x_line_view_form", "<xpath/>", 2),
    ])
    def test_views(self, tmp_path, xmlid, name, inherit, arch, problems):
        found = self.check(tmp_path, self.view(xmlid, name, inherit, arch))
        assert len(found) == problems, found

    @pytest.mark.parametrize(("record", "good"), [
        ('<record id="itsms_x_action" model="ir.actions.act_window">'
         '<field name="res_model">itsms.x</field></record>', True),
        ('<record id="action_itsms_x" model="ir.actions.act_window">'
         '<field name="res_model">itsms.x</field></record>', False),
        ('<record id="itsms_x_action_server_close" model="ir.actions.server">'
         '<field name="model_id" ref="model_itsms_x"/></record>', True),
        ('<record id="itsms_x_rule_company" model="ir.rule">'
         '<field name="model_id" ref="itsms_x.model_itsms_x"/></record>', True),
        ('<record id="rule_company" model="ir.rule">'
         '<field name="model_id" ref="model_itsms_x"/></record>', False),
        ('<menuitem id="itsms_x_menu_root"/>', True),
        ('<menuitem id="menu_itsms_x"/>', False),
        ('<menuitem id="hr.menu_hr_root"/>', True),
        ('<record id="group_itsms_x_user" model="res.groups"/>', True),
        ('<record id="itsms_x_user" model="res.groups"/>', False),
        ('<record id="ir_cron_seal" model="ir.cron"/>', True),
        ('<record id="anything" model="itsms.role"/>', True),
    ])
    def test_ids(self, tmp_path, record, good):
        assert (self.check(tmp_path, f"<odoo>{record}</odoo>") == []) == good

    def test_not_well_formed(self, tmp_path):
        assert len(self.check(tmp_path, "<odoo><record></odoo>")) == 1

    def test_access_list(self, tmp_path):
        found = self.check(tmp_path, """\
            id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink
            access_itsms_x_user,x,model_itsms_x,group_a,1,0,0,0
            access_itsms_x_other,x,model_itsms_x,group_a,1,0,0,0
            itsms_x_manager,x,model_itsms_x,group_b,1,0,0,0
            """, "security/ir.model.access.csv")
        assert len(found) == 2


class TestModules:
    GOOD = {"name": "X", "license": "LGPL-3", "version": "19.0.1.0.0", "depends": ["below"]}

    def check(self, tmp_path, below=None, **changes):
        addon = tmp_path / "itsms_x"
        addon.mkdir()
        (addon / "__manifest__.py").write_text(repr(self.GOOD | changes))
        (addon / "pyproject.toml").write_text('build-backend = "whool.buildapi"')
        odoo = tmp_path / "odoo-addons" / "below"
        odoo.mkdir(parents=True)
        (odoo / "__manifest__.py").write_text(repr({"license": below or "LGPL-3"}))
        return [finding.rule for finding in modules.check(tmp_path, addon, [odoo.parent])]

    def test_good(self, tmp_path):
        assert self.check(tmp_path) == []

    def test_agpl_below(self, tmp_path):
        assert self.check(tmp_path, below="AGPL-3") == ["agpl"]

    @pytest.mark.parametrize(("changes", "rule"), [
        ({"license": "AGPL-3"}, "licence"),
        ({"version": "1.0"}, "version"),
        ({"depends": ["nowhere"]}, "dependency"),
        ({"data": ["views/x.xml"]}, "manifest"),
    ])
    def test_bad(self, tmp_path, changes, rule):
        assert self.check(tmp_path, **changes) == [rule]


class TestTranslations:
    def check(self, tmp_path, terms, chinese):
        addon = tmp_path / "itsms_x"
        (addon / "i18n").mkdir(parents=True)
        for name, content in (("itsms_x.pot", dict.fromkeys(terms, "")), ("zh_CN.po", chinese)):
            file = polib.POFile()
            file.extend(polib.POEntry(msgid=key, msgstr=value) for key, value in content.items())
            file.save(str(addon / "i18n" / name))
        return [finding.message for finding in translations.check(tmp_path, addon)]

    def test_complete(self, tmp_path):
        assert self.check(tmp_path, ["%(n)s days"], {"%(n)s days": "%(n)s 天"}) == []

    @pytest.mark.parametrize(("chinese", "message"), [
        ({}, "lacks"),
        ({"%(n)s days": ""}, "not translated"),
        ({"%(n)s days": "%(m)s 天"}, "placeholders differ"),
        ({"%(n)s days": "%(n)s 天", "Old": "旧"}, "no longer a term"),
    ])
    def test_incomplete(self, tmp_path, chinese, message):
        found = self.check(tmp_path, ["%(n)s days"], chinese)
        assert len(found) == 1
        assert message in found[0]

    def test_missing_files(self, tmp_path):
        (tmp_path / "itsms_x").mkdir()
        assert len(list(translations.check(tmp_path, tmp_path / "itsms_x"))) == 1


class TestMerge:
    def entry(self, msgid, msgstr="", reference="code:addons/itsms_x/models/a.py:0"):
        return polib.POEntry(msgid=msgid, msgstr=msgstr, occurrences=[(reference, "")])

    def save(self, path, *entries):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = polib.POFile()
        file.metadata = {"POT-Creation-Date": path.name}
        file.extend(entries)
        file.save(str(path))

    def test_keeps_translations_and_drops_the_obsolete(self, tmp_path):
        field = "model:ir.model.fields,field_description:base.field_res_partner__create_uid"
        i18n = tmp_path / "itsms_x" / "i18n"
        self.save(tmp_path / "new" / "itsms_x.pot", self.entry("Kept"), self.entry("New"),
                  self.entry("Created by", reference=field))
        self.save(i18n / "zh_CN.po", self.entry("Kept", "保留"), self.entry("Gone", "没了"))
        self.save(tmp_path / "odoo" / "base" / "i18n" / "zh_CN.po",
                  self.entry("Created by", "创建人", field), self.entry("New", "别处的词"))
        arguments = tmp_path / "new", tmp_path, "zh_CN", tmp_path / "odoo"
        merge_translations.main(*arguments)
        merged = {entry.msgid: entry.msgstr for entry in polib.pofile(str(i18n / "zh_CN.po"))}
        assert merged == {"Kept": "保留", "New": "", "Created by": "创建人"}

    def test_same_terms_leave_the_files_alone(self, tmp_path, capsys):
        i18n = tmp_path / "itsms_x" / "i18n"
        self.save(tmp_path / "new" / "itsms_x.pot", self.entry("Kept"))
        merge_translations.main(tmp_path / "new", tmp_path, "zh_CN")
        before = {path: path.read_text() for path in i18n.iterdir()}
        fresh = (tmp_path / "new" / "itsms_x.pot")
        fresh.write_text(fresh.read_text().replace("itsms_x.pot", "another date"))
        merge_translations.main(tmp_path / "new", tmp_path, "zh_CN")
        assert {path: path.read_text() for path in i18n.iterdir()} == before


class TestCounting:
    def part(self, code, *count):
        return testing.Part("x", testing.Count(*count), code)

    @pytest.mark.parametrize(("parts", "verdict"), [
        ([(0, 3, 0, 1)], 0),
        ([(0, 3, 0, 0), (5, 0, 0, 0)], 0),  # -k left nothing in one part
        ([(5, 0, 0, 0)], 1),
        ([(1, 3, 1, 0)], 1),
        ([(0, 3, 0, 0), (2, 0, 0, 0)], 1),  # interrupted, or a crash
        ([(0, 0, 0, 4)], 1),
    ])
    def test_verdict(self, parts, verdict):
        assert testing.verdict([self.part(*part) for part in parts]) == verdict

    def test_count(self, tmp_path):
        """As pytest's own closing line: two failures, one of them in the preparation."""
        (tmp_path / "test_x.py").write_text(textwrap.dedent("""
            import pytest
            def test_good(): pass
            def test_bad(): assert False
            def test_broken(nothing): pass
            def test_not_here(): pytest.skip("no browser")
        """))
        count = tmp_path / "count.json"
        environment = os.environ | {
            "ITSMS_COUNT": str(count), "PYTHONPATH": str(ROOT / "tools"),
        }
        subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:odoo", "-p", "pytest_count", tmp_path],
            env=environment, cwd=tmp_path, capture_output=True,
        )
        found = testing.read_count(count)
        assert str(found) == "1 passed, 2 failed, 1 skipped"
        assert found.failures == ("test_x.py::test_bad", "test_x.py::test_broken")
        assert testing.read_count(tmp_path / "none.json").failed == 1

    def test_what_is_run(self, settings, add_module):
        add_module("itsms_base", **{"tests/test_a.py": ""})
        add_module("itsms_audit", **{"models/a.py": ""})
        for name in ("tests/bootstrap/test_b.py", "tests/test_c.py", "tests/bench/bench.py"):
            path = settings.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        assert testing.choose(settings.root, []) == (
            ["tests/bootstrap"], ["itsms_base/tests", "tests/test_c.py"], True
        )
        paths = ["itsms_base/tests/test_a.py::TestA", "tests/bootstrap"]
        arguments = ["-k", "name", *paths]
        assert testing.split(settings.root, arguments) == (paths, ["-k", "name"])
        assert testing.choose(settings.root, paths) == (paths[1:], paths[:1], False)


class TestConfiguration:
    def test_closed_and_bound_to_loopback(self, settings):
        server = Server(settings.home, {"PGHOST": "h", "PGPASSWORD": "secret"})
        config.write(settings, server, settings.root)
        content = settings.conf.read_text()
        lines = content.splitlines()
        assert {"list_db = False", "http_interface = 127.0.0.1", "proxy_mode = False"} <= set(lines)
        assert "secret" not in content + (settings.home / "env.sh").read_text()
        assert settings.conf.stat().st_mode & 0o077 == 0
        password = (settings.home / "master-password").read_text()
        assert len(password) > 30
        config.write(settings, server, settings.root)
        assert f"admin_passwd = {password}" in settings.conf.read_text()

    def test_settings_from_outside(self, tmp_path):
        made = Settings.from_env({
            "PORT": "8070", "DB": "x", "LANG_DEFAULT": "zh_CN", "ODOO": str(tmp_path),
            "PGHOST": "h", "PGUSER": "u", "ITSMS_HOME": str(tmp_path / "w"),
            "ITSMS_LANES": "3",
        }, tmp_path)
        assert (made.port, made.db, made.lang, made.odoo) == (8070, "x", "zh_CN", tmp_path)
        assert made.pg == {"PGHOST": "h", "PGUSER": "u"}
        assert made.home == tmp_path / "w"
        assert made.lanes == 3

    def test_sourcing_env_sh_keeps_the_embedded_server(self, tmp_path):
        assert Settings.from_env({"PGHOST": "/s", "ITSMS_PGHOST": "/s"}, tmp_path).pg == {}

    def test_empty_settings_are_none(self, tmp_path):
        names = ("PORT", "DB", "ODOO", "LANG_DEFAULT", "PGHOST", "ITSMS_HOME", "ITSMS_LANES")
        assert Settings.from_env(dict.fromkeys(names, ""), tmp_path) == Settings.from_env(
            {}, tmp_path
        )

    @pytest.mark.parametrize("wrong", [
        {"PORT": "web"}, {"PORT": "70000"}, {"DB": "a b"}, {"DB": "x; DROP"},
        {"LANG_DEFAULT": "de_DE"}, {"ITSMS_LANES": "0"}, {"ITSMS_LANES": "two"},
    ])
    def test_wrong_settings_are_explained(self, wrong):
        with pytest.raises(Problem) as caught:
            Settings.from_env(wrong)
        assert caught.value.todo

    def test_checkouts_are_told_apart(self, tmp_path):
        one, two = Settings(root=tmp_path / "a"), Settings(root=tmp_path / "b")
        assert one.checkout_id != two.checkout_id

    def test_addons_of_a_checkout(self, tmp_path):
        for name in ("odoo/addons", "addons"):
            (tmp_path / name).mkdir(parents=True)
        assert len(odoo_source.addons_paths(tmp_path)) == 2


def test_manifest_keys_are_plain(tmp_path):
    """A manifest that computes something is refused rather than run."""
    path = tmp_path / "__manifest__.py"
    path.write_text(json.dumps({"name": "x"}))
    assert modules.read_manifest(path) == {"name": "x"}
    path.write_text("{'name': open('x').read()}")
    assert modules.read_manifest(path) is None
