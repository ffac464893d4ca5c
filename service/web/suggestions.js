// Names to choose from while somebody types, where the service knows names. A text area may not be called a combobox,
// so what there is to choose from is said.

import { capabilities, suggest } from "./api.js";
import { counted, h } from "./dom.js";

const WAIT = 120;
const LONGEST = 60;

/**
 * @param {HTMLTextAreaElement} box
 * @param {(name: string) => void} choose
 */
export function offerNames(box, choose) {
  const list = h("ul", { class: "suggestions", id: "suggestions", role: "listbox", "aria-label": "Names", hidden: true });
  box.closest(".box")?.after(list);
  const said = h("span", { role: "status", class: "unseen" });
  list.after(said);
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", "suggestions");
  let asked = new AbortController();
  let chosen = -1;

  const close = () => {
    asked.abort();
    show([]);
  };

  /** @param {string[]} names */
  function show(names) {
    chosen = -1;
    list.replaceChildren(
      ...names.map((name, n) => {
        const option = h("li", { role: "option", id: `suggestion-${n}`, "aria-selected": "false" }, name);
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          close();
          choose(name);
        });
        return option;
      }),
    );
    list.hidden = names.length === 0;
    said.textContent = names.length ? `${counted(names.length, "name")} to choose from with the arrow keys` : "";
    box.removeAttribute("aria-activedescendant");
  }

  /** @param {number} step */
  function move(step) {
    const options = [...list.children];
    chosen = (chosen + step + options.length + 1) % (options.length + 1);
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === chosen)));
    if (chosen < options.length) box.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
    else box.removeAttribute("aria-activedescendant");
  }

  box.addEventListener("input", async () => {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const prefix = box.value.trim();
    if (prefix.length < 2 || prefix.length > LONGEST || prefix.includes("\n")) return show([]);
    await new Promise((resolve) => setTimeout(resolve, WAIT));
    if (signal.aborted) return;
    const names = await suggest(prefix, signal).then(namesOf, () => []);
    if (!signal.aborted) show(names);
  });
  box.addEventListener("blur", close);
  // Before the page's own listener, which sends the search off with Enter.
  box.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter") {
        const option = list.children[chosen];
        close();
        if (!option) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        choose(option.textContent ?? "");
      } else if (list.hidden) return;
      else if (event.key === "Escape") close();
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      }
    },
    { capture: true },
  );
}

/** Whether there is anything to offer. */
export const namesAreKnown = async () => (await capabilities()).has("/suggest");

/** @param {{ suggestions: { value: string }[] }} answer */
const namesOf = (answer) => [...new Set(answer.suggestions.map((each) => each.value))].slice(0, 8);
