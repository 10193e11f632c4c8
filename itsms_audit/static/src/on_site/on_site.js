import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const LINE = "itsms.audit.checklist.line";
const PAUSE = 900; // ms without a key before the text is saved
const RETRY = 8000; // ms until a lost connection is tried again
const FINDINGS = ["minor", "general", "serious", "observation"];

/** Where unsaved words wait on this device until the server has them. */
const draftKey = (line) => `itsms_audit_answer_${line.id}`;

/**
 * One question at a time, for a tablet on site: large result buttons with their definitions,
 * evidence that saves itself, photos from the camera. What is typed is kept on the device until
 * the server has it; an entry that another auditor made meanwhile is shown, never overwritten.
 */
export class AuditOnSite extends Component {
    static template = "itsms_audit.OnSite";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.checklistId = this.props.action.params?.checklist_id || this.props.resId;
        // the address names the checklist, so that a reload on site comes back to it
        this.props.updateActionState?.({ resId: this.checklistId || false });
        this.state = useState({
            data: null,
            current: 0,
            filter: "all",
            listOpen: false,
            guidanceOpen: false,
            dropping: false,
            dropReason: "",
        });
        this.timers = new Map();
        this.retry = browser.setInterval(() => this.flushAll(), RETRY);
        onWillStart(() => this.load());
        onWillDestroy(() => {
            browser.clearInterval(this.retry);
            this.flushAll();
        });
    }

    // ------------------------------------------------------------ data
    async load() {
        if (!this.checklistId) {
            return;
        }
        const data = await this.orm.call("itsms.audit.checklist", "get_on_site", [
            this.checklistId,
        ]);
        for (const line of data.lines) {
            this.prepare(line);
        }
        this.state.data = data;
        const open = data.lines.findIndex((line) => !line.result && !line.dropped);
        this.state.current = Math.max(open, 0);
        this.flushAll();
    }

    /** Fields of the screen itself; unsaved words of this device come back. */
    prepare(line) {
        Object.assign(line, { pending: null, busy: false, offline: false, conflict: null });
        line.text = line.evidence;
        const draft = browser.localStorage.getItem(draftKey(line));
        if (draft && this.canAnswer !== false) {
            try {
                const { version, values } = JSON.parse(draft);
                line.text = values.evidence ?? line.text;
                line.pending = values;
                line.base = version;
            } catch {
                browser.localStorage.removeItem(draftKey(line));
            }
        }
    }

    /** Take what the server has now; the words typed here stay. */
    accept(line, fresh, keepText = false) {
        const { text, pending, busy, conflict } = line;
        Object.assign(line, fresh, { pending, busy, conflict, offline: false, base: fresh.version });
        line.text = keepText ? text : fresh.evidence;
    }

    get data() {
        return this.state.data;
    }

    get canAnswer() {
        return this.state.data?.can_answer;
    }

    get line() {
        return this.data.lines[this.state.current];
    }

    get judged() {
        return this.data.lines.filter((line) => line.result || line.dropped).length;
    }

    get progress() {
        return this.data.lines.length ? Math.round((100 * this.judged) / this.data.lines.length) : 0;
    }

    get shown() {
        return this.data.lines
            .map((line, index) => ({ line, index }))
            .filter(({ line }) => {
                if (this.state.filter === "open") {
                    return !line.result && !line.dropped;
                }
                return this.state.filter === "all" || FINDINGS.includes(line.result);
            });
    }

    resultOf(key) {
        return this.data.results.find((result) => result.key === key);
    }

    get isFinding() {
        return ["minor", "general", "serious"].includes(this.line.result);
    }

    get onlyHeard() {
        const { by_interview, by_documents, by_inspection } = this.line;
        return by_interview && !by_documents && !by_inspection;
    }

    // ------------------------------------------------------------ moving
    go(index) {
        if (this.state.data.lines.length) {
            this.flush(this.line);
        }
        const last = this.data.lines.length - 1;
        Object.assign(this.state, {
            current: Math.min(Math.max(index, 0), last),
            listOpen: false,
            dropping: false,
        });
    }

    nextOpen() {
        const { lines } = this.data;
        for (let step = 1; step <= lines.length; step++) {
            const index = (this.state.current + step) % lines.length;
            if (!lines[index].result && !lines[index].dropped) {
                return this.go(index);
            }
        }
        return this.go(this.state.current + 1);
    }

    // ------------------------------------------------------------ answering
    note(line, values) {
        if (!line.pending) {
            line.base = line.base ?? line.version;
        }
        line.pending = { ...(line.pending || {}), ...values };
        browser.localStorage.setItem(
            draftKey(line),
            JSON.stringify({ version: line.base, values: line.pending })
        );
    }

    onEvidence(ev) {
        const line = this.line;
        line.text = ev.target.value;
        this.note(line, { evidence: line.text });
        browser.clearTimeout(this.timers.get(line.id));
        this.timers.set(
            line.id,
            browser.setTimeout(() => this.flush(line), PAUSE)
        );
    }

    judge(key) {
        const line = this.line;
        const result = line.result === key ? "" : key;
        this.note(line, { result });
        line.result = result;
        return this.flush(line);
    }

    toggle(name) {
        const line = this.line;
        line[name] = !line[name];
        this.note(line, { [name]: line[name] });
        return this.flush(line);
    }

    flushAll() {
        for (const line of this.state.data?.lines || []) {
            if (line.pending) {
                this.flush(line);
            }
        }
    }

    /** Send what is unsaved of one question, one call after the other. */
    async flush(line) {
        browser.clearTimeout(this.timers.get(line.id));
        if (line.busy || line.conflict || !this.canAnswer) {
            return;
        }
        line.busy = true;
        try {
            while (line.pending) {
                const values = line.pending;
                const fresh = await this.orm.silent.call(LINE, "action_answer", [
                    line.id,
                    line.base ?? line.version,
                    values,
                ]);
                const typedOn = line.pending !== values;
                if (!typedOn) {
                    line.pending = null;
                    browser.localStorage.removeItem(draftKey(line));
                }
                this.accept(line, fresh, typedOn);
                if (typedOn) {
                    this.note(line, line.pending);
                }
            }
        } catch (error) {
            await this.onRefused(line, error);
        } finally {
            line.busy = false;
        }
    }

    async onRefused(line, error) {
        if (error instanceof ConnectionLostError) {
            line.offline = true;
            return;
        }
        const mine = line.pending;
        const message = error.data?.message || error.message || String(error);
        const [theirs] = await this.orm.silent.call(LINE, "get_answers", [[line.id]]);
        this.accept(line, theirs, true);
        line.conflict = { message, theirs, mine };
    }

    /** After somebody else's entry: keep theirs, add mine below it, or replace it with mine. */
    resolve(line, way) {
        const { theirs, mine } = line.conflict;
        line.conflict = null;
        line.base = line.version;
        if (way === "theirs") {
            line.pending = null;
            line.text = theirs.evidence;
            browser.localStorage.removeItem(draftKey(line));
            return;
        }
        const values = { ...mine };
        if (way === "both" && "evidence" in values && theirs.evidence) {
            values.evidence = `${theirs.evidence}\n${values.evidence}`;
        }
        line.pending = null;
        line.text = values.evidence ?? theirs.evidence;
        this.note(line, values);
        this.flush(line);
    }

    // ------------------------------------------------------------ photos, records, reports
    async onPhoto(ev) {
        const line = this.line;
        const [file] = ev.target.files;
        ev.target.value = "";
        if (!file) {
            return;
        }
        const url = await new Promise((resolve, reject) => {
            const reader = new FileReader();
            reader.onload = () => resolve(reader.result);
            reader.onerror = () => reject(reader.error);
            reader.readAsDataURL(file);
        });
        const fresh = await this.orm.call(LINE, "action_add_photo", [
            line.id,
            file.name,
            url.split(",")[1],
        ]);
        line.photos = fresh.photos;
        this.notification.add(_t("The photo is kept."), { type: "success" });
    }

    async countNow() {
        const line = this.line;
        await this.flush(line);
        const [fresh] = await this.orm.call(LINE, "action_run_live", [[line.id]]);
        this.accept(line, fresh, Boolean(line.pending));
    }

    async open(method) {
        await this.flush(this.line);
        const action = await this.orm.call(LINE, method, [this.line.id]);
        return this.action.doAction(action);
    }

    async drop() {
        const line = this.line;
        const [fresh] = await this.orm.call(LINE, "action_drop", [
            [line.id],
            this.state.dropReason,
        ]);
        Object.assign(this.state, { dropping: false, dropReason: "" });
        this.accept(line, fresh);
    }

    async takeUp() {
        const line = this.line;
        const [fresh] = await this.orm.call(LINE, "action_take_up", [[line.id]]);
        this.accept(line, fresh);
    }

    async finish() {
        await Promise.all(this.data.lines.map((line) => line.pending && this.flush(line)));
        await this.orm.call("itsms.audit.checklist", "action_finish", [this.checklistId]);
        return this.openForm();
    }

    openForm() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "itsms.audit.checklist",
            res_id: this.checklistId,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("itsms_audit_on_site", AuditOnSite);
