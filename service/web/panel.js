// A dialog over the page. The browser keeps the focus in it and gives it back afterwards.

import { h } from "./dom.js";

/**
 * @param {string} title
 * @param {Node} content
 * @param {string} [kind] a class for its size
 */
export function panel(title, content, kind = "") {
  const close = h("button", { type: "button", class: "quiet close", "aria-label": "Close" }, "×");
  const dialog = h(
    "dialog",
    { class: `panel ${kind}`, "aria-labelledby": "panel-title" },
    h("header", {}, h("h2", { id: "panel-title" }, title), close),
    content,
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
