import { registry } from "@web/core/registry";

/** Remembers what was asked for instead of downloading it. */
const watchDownloads = () => {
    window.itsmsDownloads = [];
    const { open, send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
        this.itsmsUrl = url;
        return open.call(this, method, url, ...rest);
    };
    XMLHttpRequest.prototype.send = function (body) {
        if (String(this.itsmsUrl).includes("/itsms/register/list")) {
            window.itsmsDownloads.push(JSON.parse(body.get("data")));
            return;
        }
        return send.call(this, body);
    };
};

const check = (condition, message) => {
    if (!condition) {
        throw new Error(message);
    }
};

/** Print what a list shows, export what is selected. */
registry.category("web_tour.tours").add("itsms_documents_register_tour", {
    steps: () => [
        {
            content: "The screen of registers",
            trigger: ".o_kanban_record:contains('External document list') button[name='action_open']",
            run: "click",
        },
        {
            content: "Its groups",
            trigger: ".o_group_header:contains('Development')",
            run: "click",
        },
        {
            content: "The list of the register",
            trigger: ".o_data_row:contains('Standard one')",
            run: watchDownloads,
        },
        { content: "Menu", trigger: ".o_cp_action_menus button", run: "click" },
        { content: "Print register", trigger: ".o_itsms_register_pdf", run: "click" },
        {
            content: "The filter of the list and its register were sent",
            trigger: ".o_list_view",
            run() {
                const [asked] = window.itsmsDownloads;
                check(asked.form === "pdf", "it is a print");
                check(asked.register === "document.external", "of this register");
                check(asked.domain && !asked.ids, "of all that is shown");
            },
        },
        {
            content: "Select one",
            trigger: ".o_data_row:contains('Standard one') .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Actions",
            trigger: ".o_cp_action_menus button:contains('Actions')",
            run: "click",
        },
        {
            content: "Export the selection",
            trigger: ".o-dropdown-item:contains('Export register (XLSX)')",
            run: "click",
        },
        {
            content: "The selection was sent",
            trigger: ".o_list_view",
            run() {
                const asked = window.itsmsDownloads[1];
                check(asked.form === "xlsx" && asked.ids.length === 1, "one selected line");
            },
        },
    ],
});
