import { Component, onMounted, onWillUnmount, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** What became of the files, one line each; nothing disappears without a word. */
export class UploadResultDialog extends Component {
    static template = "itsms_documents.UploadResultDialog";
    static components = { Dialog };
    static props = { close: Function, result: Object, open: Function };

    openDrafts() {
        this.props.close();
        this.props.open();
    }
}

/** Groups of files that fit into one request each; a file that never fits is refused here. */
export function packFiles(files, limit) {
    const groups = [];
    const refused = [];
    let size = 0;
    for (const file of files) {
        if (file.size > limit) {
            refused.push(file);
            continue;
        }
        if (!groups.length || size + file.size > limit || groups.at(-1).length >= 500) {
            groups.push([]);
            size = 0;
        }
        groups.at(-1).push(file);
        size += file.size;
    }
    return { groups, refused };
}

export const DocumentUpload = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            this.uploadHttp = useService("http");
            this.uploadAction = useService("action");
            this.uploadDialog = useService("dialog");
            this.uploadInput = useRef("uploadInput");
            this.uploadState = useState({ over: false, busy: false });
            const root = this.rootRef || useRef("root");
            const listeners = {
                dragover: (ev) => this.onFilesOver(ev),
                dragleave: (ev) => this.onFilesLeave(ev),
                drop: (ev) => this.onFilesDropped(ev),
            };
            onMounted(() => {
                this.uploadRoot = root.el;
                for (const [name, listener] of Object.entries(listeners)) {
                    this.uploadRoot?.addEventListener(name, listener);
                }
            });
            onWillUnmount(() => {
                for (const [name, listener] of Object.entries(listeners)) {
                    this.uploadRoot?.removeEventListener(name, listener);
                }
            });
        }

        get canUpload() {
            return Boolean(this.props.archInfo.activeActions.create) && !this.env.inDialog;
        }

        onFilesOver(ev) {
            if (this.canUpload && ev.dataTransfer?.types.includes("Files")) {
                ev.preventDefault();
                this.uploadState.over = true;
            }
        }

        onFilesLeave(ev) {
            if (!this.uploadRoot.contains(ev.relatedTarget)) {
                this.uploadState.over = false;
            }
        }

        async onFilesDropped(ev) {
            if (!this.uploadState.over) {
                return;
            }
            ev.preventDefault();
            this.uploadState.over = false;
            await this.uploadFiles([...ev.dataTransfer.files]);
        }

        onUploadClick() {
            this.uploadInput.el.click();
        }

        async onUploadChosen(ev) {
            const files = [...ev.target.files];
            ev.target.value = null;
            await this.uploadFiles(files);
        }

        async uploadFiles(files) {
            if (!files.length || this.uploadState.busy) {
                return;
            }
            this.uploadState.busy = true;
            const result = { ids: [], created: [], errors: [] };
            try {
                const limit = session.max_file_upload_size || 128 * 1024 * 1024;
                const { groups, refused } = packFiles(files, limit * 0.95);
                for (const file of refused) {
                    const message = _t("The file is larger than the server accepts.");
                    result.errors.push({ name: file.name, message });
                }
                for (const group of groups) {
                    const answer = await this.uploadHttp.post("/itsms/document/upload", {
                        csrf_token: odoo.csrf_token,
                        context: JSON.stringify(this.props.context),
                        ufile: group,
                    });
                    for (const key of Object.keys(result)) {
                        result[key].push(...(answer[key] || []));
                    }
                }
            } finally {
                this.uploadState.busy = false;
            }
            await this.model.root.load();
            this.uploadDialog.add(UploadResultDialog, {
                result,
                open: () =>
                    this.uploadAction.doAction({
                        type: "ir.actions.act_window",
                        name: _t("New drafts"),
                        res_model: "itsms.document",
                        views: [
                            [false, "list"],
                            [false, "form"],
                        ],
                        domain: [["id", "in", result.ids]],
                    }),
            });
        }
    };

export class DocumentListController extends DocumentUpload(ListController) {
    static template = "itsms_documents.DocumentListView";
}

export class DocumentKanbanController extends DocumentUpload(KanbanController) {
    static template = "itsms_documents.DocumentKanbanView";
}

registry
    .category("views")
    .add("itsms_document_list", { ...listView, Controller: DocumentListController });
registry
    .category("views")
    .add("itsms_document_kanban", { ...kanbanView, Controller: DocumentKanbanController });
