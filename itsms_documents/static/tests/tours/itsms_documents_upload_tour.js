import { registry } from "@web/core/registry";

/** Drop files on the list as a desktop does. */
registry.category("web_tour.tours").add("itsms_documents_upload_tour", {
    steps: () => [
        {
            content: "The list offers to upload",
            trigger: ".o_itsms_upload:contains('Upload files')",
        },
        {
            content: "Drop two good files and an empty one",
            trigger: ".o_list_view",
            run() {
                const transfer = new DataTransfer();
                transfer.items.add(new File(["one"], "Dropped one.txt", { type: "text/plain" }));
                transfer.items.add(new File(["two"], "Dropped two.txt", { type: "text/plain" }));
                transfer.items.add(new File([], "Dropped empty.txt", { type: "text/plain" }));
                const target = document.querySelector(".o_list_view");
                for (const name of ["dragover", "drop"]) {
                    target.dispatchEvent(
                        new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: transfer })
                    );
                }
            },
        },
        {
            content: "The empty one was refused, in words",
            trigger: ".modal .o_itsms_upload_errors:contains('Dropped empty.txt')",
        },
        {
            content: "The good ones were kept",
            trigger: ".modal .o_itsms_upload_created:contains('Dropped two')",
        },
        { content: "Open them", trigger: ".modal .o_itsms_upload_open", run: "click" },
        {
            content: "There they are",
            trigger: ".o_data_row:contains('Dropped one')",
        },
    ],
});
