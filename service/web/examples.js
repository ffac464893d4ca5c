// What somebody sees who comes for the first time: what can be asked, to be clicked.

import { h } from "./dom.js";
import { emptyState, writeState } from "./state.js";
import { recentList } from "./recent.js";

/** @import { SearchState } from "./types.d.ts" */

/** @type {[string, string, Partial<SearchState>][]} */
const EXAMPLES = [
  ["What it is", "a steroid hormone with a phenolic A ring", {}],
  ["What it does", "relieves pain and fever, and keeps platelets from clumping", {}],
  ["What it has", "an antibiotic with a beta-lactam ring and a thiazolidine", {}],
  ["Where it comes from", "a bitter alkaloid from the bark of a tree", {}],
  ["A structure, for its texts", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", { find: "texts" }],
  ["Words and an exact part", "a sweetener", { filter: { has_substructure: ["[OX2H]"], molecular_weight: { max: 200 } } }],
];

/** @param {() => void} again draws this anew */
export function welcome(again) {
  return h(
    "div",
    { class: "welcome" },
    h("p", { class: "lead" }, "Say what a compound is, has or does. Or give a structure, and read what it is."),
    h(
      "ul",
      { class: "examples", "aria-label": "Examples" },
      EXAMPLES.map(([kind, q, more]) =>
        h("li", {}, h("a", { href: writeState({ ...emptyState(), q, ...more }), class: "onward example" }, h("small", {}, kind), h("span", {}, q))),
      ),
    ),
    recentList(again),
  );
}
