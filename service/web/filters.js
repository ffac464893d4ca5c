// The panel of filters. It is built once and shows whatever search the address bar holds.

import { capabilities, statistics, version } from "./api.js";
import { append, byId, grouped, h } from "./dom.js";
import { histogram } from "./histogram.js";
import { PROPERTIES, filterCount } from "./state.js";

/** @import { Filter, Range, Statistics } from "./types.d.ts" */

const TAGS_AT_ONCE = 24;

/** @type {HTMLFormElement | undefined} */
let form;
/** @type {Filter} */
let shown = {};

/**
 * Opens or closes the panel and, when it is opened first, builds it.
 * @param {boolean} open
 * @param {(filter: Filter) => void} apply
 */
export async function showFilters(open, apply) {
  const button = byId("open-filters");
  const section = byId("filters");
  // Built before it is shown: where the service does not say what there is to filter by, nothing opens.
  if (open) form ??= await build(apply);
  button.setAttribute("aria-expanded", String(open));
  section.hidden = !open;
}

/** @param {(filter: Filter) => void} apply */
async function build(apply) {
  const [about, able] = await Promise.all([version(), capabilities()]);
  const known = able.has("/corpus/statistics") ? await statistics().catch(() => null) : null;
  const made = h("form", { class: "filter-form" });
  append(
    made,
    h("div", { class: "ranges" }, PROPERTIES.filter(([name]) => able.field("Filter", name)).map(([name, label, unit, step]) => range(name, label, unit, step, known))),
    tagChoice(Object.entries(about.release?.tags ?? {})),
    h(
      "div",
      { class: "patterns" },
      pattern("has", "Has the substructure", "SMARTS, such as C(=O)[OX2H]"),
      pattern("lacks", "Lacks the substructure", "SMARTS, such as [F,Cl,Br,I]"),
      able.field("Filter", "formula") ? pattern("formula", "Molecular formula", "such as C9H8O4") : null,
    ),
    h(
      "p",
      { class: "filter-actions" },
      h("button", { type: "submit", class: "go" }, "Apply"),
      h("button", { type: "button", on: { click: () => apply({}) } }, "Clear"),
    ),
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(read(made));
  });
  write(made, shown);
  byId("filters").replaceChildren(made);
  return made;
}

/**
 * Shows the filter of a search in the panel and on its button.
 * @param {Filter} filter
 */
export function setFilters(filter) {
  shown = filter;
  const count = filterCount(filter);
  byId("open-filters").replaceChildren("Filters", ...(count ? [h("span", { class: "count", "aria-label": `${count} set` }, `${count}`)] : []));
  if (form) write(form, filter);
}

/**
 * The filter that stands in the panel, applied or not; of a panel that is closed, the one that is shown.
 * @returns {Filter}
 */
export const standing = () => (form && !byId("filters").hidden ? read(form) : shown);

/**
 * @param {string} name
 * @param {string} label
 * @param {string} unit
 * @param {number} step
 * @param {Statistics | null} known
 */
function range(name, label, unit, step, known) {
  const found = known?.properties[name];
  const field = (/** @type {"min" | "max"} */ end) =>
    h("input", {
      type: "number",
      name: `${name}.${end}`,
      step: "any",
      inputmode: "decimal",
      placeholder: found ? String(round(found[end], step)) : end,
      "aria-label": `${label}, ${end === "min" ? "at least" : "at most"}${unit && ` (${unit})`}`,
    });
  const fields = h("div", { class: "ends" }, field("min"), h("span", { "aria-hidden": "true" }, "–"), field("max"));
  return h(
    "fieldset",
    { class: "range" },
    h("legend", {}, label, unit && h("small", {}, ` ${unit}`)),
    found && histogram(found, fields),
    fields,
  );
}

/**
 * @param {number} value
 * @param {number} step
 */
const round = (value, step) => (step < 1 ? Number(value.toFixed(1)) : Math.round(value));

/** @param {[string, number][]} tags with the number of molecules that have each, the most frequent first */
function tagChoice(tags) {
  if (tags.length === 0) return null;
  const list = h("ul", { class: "tag-choice" }, tags.map(([tag, count], n) => tagItem(tag, count, n >= TAGS_AT_ONCE)));
  const more = h("button", { type: "button", class: "link" }, `Show all ${grouped(tags.length)}`);
  more.addEventListener("click", () => {
    for (const item of list.children) item.removeAttribute("hidden");
    more.remove();
    list.children[TAGS_AT_ONCE].querySelector("input")?.focus(); // where the next ones begin
  });
  return h(
    "fieldset",
    { class: "tag-field" },
    h("legend", {}, "Tags", h("small", {}, " a hit has all of those chosen")),
    list,
    tags.length > TAGS_AT_ONCE ? more : null,
  );
}

/**
 * @param {string} tag
 * @param {number} count
 * @param {boolean} hidden
 */
function tagItem(tag, count, hidden) {
  const box = h("input", { type: "checkbox", name: "tag", value: tag });
  return h("li", { hidden }, h("label", {}, box, h("span", {}, tag), " ", h("small", {}, grouped(count))));
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} hint
 */
function pattern(name, label, hint) {
  return h("label", { class: "pattern" }, h("span", {}, label), h("input", { name, placeholder: hint, spellcheck: "false", autocapitalize: "off" }));
}

/**
 * @param {HTMLFormElement} from
 * @returns {Filter}
 */
function read(from) {
  const given = new FormData(from);
  /** @type {Filter} */
  const filter = {};
  for (const [name] of PROPERTIES) {
    /** @type {Range} */
    const range = {};
    for (const end of /** @type {const} */ (["min", "max"])) {
      const value = given.get(`${name}.${end}`);
      if (value) range[end] = Number(value);
    }
    if (Object.keys(range).length) filter[name] = range;
  }
  const all = given.getAll("tag").map(String);
  if (all.length || shown.tags?.none?.length) filter.tags = { ...shown.tags, all };
  if (filter.tags && !all.length) delete filter.tags.all;
  const has = String(given.get("has") ?? "").trim();
  const lacks = String(given.get("lacks") ?? "").trim();
  if (has) filter.has_substructure = has.split(/\s+/);
  if (lacks) filter.lacks_substructure = lacks.split(/\s+/);
  const formula = String(given.get("formula") ?? "").trim();
  if (formula) filter.formula = formula;
  return filter;
}

/**
 * @param {HTMLFormElement} to
 * @param {Filter} filter
 */
function write(to, filter) {
  for (const input of to.querySelectorAll("input")) {
    const [name, end] = input.name.split(".");
    if (end) {
      const range = /** @type {Record<string, number> | undefined} */ (filter[name]);
      input.value = range?.[end]?.toString() ?? "";
    } else if (name === "tag") {
      input.checked = (filter.tags?.all ?? []).includes(input.value);
      if (input.checked) input.closest("li")?.removeAttribute("hidden");
    } else if (name === "has") input.value = (filter.has_substructure ?? []).join(" ");
    else if (name === "lacks") input.value = (filter.lacks_substructure ?? []).join(" ");
    else if (name === "formula") input.value = String(filter.formula ?? "");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
