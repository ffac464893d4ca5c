// The hits as a file: CSV is made here, SDF by the service.

import { Problem, sdf } from "./api.js";
import { h } from "./dom.js";
import { OTHER_RELEASE, renewed } from "./renewed.js";

/** @import { Capabilities } from "./api.js" */
/** @import { Found } from "./finder.js" */
/** @import { Hit, SearchState } from "./types.d.ts" */

const COLUMNS = /** @type {const} */ ([
  "rank", "id", "cid", "name", "synonyms", "smiles", "score", "confidence", "morgan_similarity", "found_by", "tags",
  "description",
]);

/**
 * @param {Found} found
 * @param {Capabilities} able
 * @param {(change: Partial<SearchState>) => void} go
 */
export function downloads(found, able, go) {
  const csvButton = h("button", { type: "button", class: "quiet", on: { click: () => save("hits.csv", "text/csv", csv(found.hits)) } }, "CSV");
  return h("p", { class: "downloads" }, "Download ", csvButton, sdfButton(found, able, go));
}

/**
 * Where the service makes SD files, a button that asks for the search again as one.
 * @param {Found} found
 * @param {Capabilities} able
 * @param {(change: Partial<SearchState>) => void} go
 */
function sdfButton(found, able, go) {
  if (found.direction === "record" || !able.format("sdf") || !found.hits.some((hit) => hit.smiles)) return null;
  const failed = h("span", { class: "warning", role: "alert" });
  const load = async () => {
    failed.replaceChildren();
    try {
      save("hits.sdf", "chemical/x-mdl-sdfile", ...(await records(found)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.replaceChildren(" ", error.code === OTHER_RELEASE ? renewed(go) : error.message);
    }
  };
  return [h("button", { type: "button", class: "quiet", on: { click: load } }, "SDF"), failed];
}

/**
 * The hits that are shown as the parts of an SD file, asked for as they were: page by page.
 * @param {Found} found
 * @throws {Problem} also where the service has other hits by now
 */
async function records({ direction, asked, cursors, release }) {
  const parts = [];
  for (const cursor of cursors) {
    const part = await sdf(direction, { ...asked, ...(cursor && { cursor }) });
    if (part.release && part.release !== release) throw new Problem({ code: OTHER_RELEASE, status: 409 });
    parts.push(part.content);
  }
  return parts;
}

/**
 * RFC 4180, with the byte-order mark that Excel wants to read it as UTF-8.
 * @param {Hit[]} hits
 */
export function csv(hits) {
  const rows = hits.map((hit) => COLUMNS.map((column) => cell(hit[column])).join(","));
  return `\uFEFF${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

// As the service makes its CSV: see service/routes/spreadsheet.py.
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A spreadsheet takes a text that begins like a formula for one; a leading apostrophe keeps it a text.
 * @param {unknown} value
 */
function cell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  const text = Array.isArray(value) ? value.map(shown).join("; ") : String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * One of several values of a cell: a text, or a way in which a hit was found.
 * @param {string | { kind: string, value?: string | null }} one
 */
function shown(one) {
  if (typeof one === "string") return one;
  return one.value ? `${one.kind}: ${one.value}` : one.kind;
}

/**
 * @param {string} name
 * @param {string} type
 * @param {...BlobPart} content
 */
export function save(name, type, ...content) {
  const address = URL.createObjectURL(new Blob(content, { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
