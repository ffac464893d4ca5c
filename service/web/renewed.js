// Once another release is in service, what is asked for anew would not belong to the hits that are shown.

import { h } from "./dom.js";

/** @import { SearchState } from "./types.d.ts" */

/** The code of the problem, as the service has it for its cursors. */
export const OTHER_RELEASE = "cursor_other_release";

/** @param {(change: Partial<SearchState>) => void} go */
export function renewed(go) {
  const again = h("button", { type: "button", class: "link", on: { click: () => go({}) } }, "Search again");
  return h("span", {}, "The corpus has been renewed since this search. ", again);
}
