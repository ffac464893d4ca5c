// A button that copies a text and says so.

import { h } from "./dom.js";

/**
 * @param {string} text
 * @param {string} what named to those who cannot see where the button stands
 */
export function copyButton(text, what) {
  const said = h("span", { role: "status", class: "copied" });
  const button = h("button", { type: "button", class: "copy", "aria-label": `Copy ${what}`, title: `Copy ${what}` });
  button.addEventListener("click", async () => {
    said.textContent = (await copied(text)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (said.textContent = ""), 2000);
  });
  return h("span", { class: "copying" }, button, said);
}

/**
 * The clipboard of the browser is there on https and localhost only; elsewhere the old command does.
 * @param {string} text
 */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h("textarea", { class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
