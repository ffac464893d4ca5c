// The hits as a file: CSV is made here, SDF by the service.

import { Problem, sdf } from "./api.js";
import { h } from "./dom.js";

/** @import { Capabilities } from "./api.js" */
/** @import { Found } from "./finder.js" */
/** @import { Hit } from "./types.d.ts" */

const COLUMNS = /** @type {const} */ ([
  "rank", "id", "cid", "name", "synonyms", "smiles", "score", "confidence", "morgan_similarity", "found_by", "tags",
  "description",
]);

/**
 * @param {Found} found
 * @param {Capabilities} able
 */
export function downloads(found, able) {
  const csvButton = h("button", { type: "button", class: "quiet", on: { click: () => save("hits.csv", "text/csv", csv(found.hits)) } }, "CSV");
  return h("p", { class: "downloads" }, "Download ", csvButton, sdfButton(found, able));
}

/**
 * Where the service makes SD files, a button that asks for the search again as one.
 * @param {Found} found
 * @param {Capabilities} able
 */
function sdfButton({ direction, asked, hits }, able) {
  if (direction === "record" || !able.format("sdf") || !hits.some((hit) => hit.smiles)) return null;
  const failed = h("span", { class: "warning", role: "alert" });
  const load = async () => {
    failed.replaceChildren();
    try {
      save("hits.sdf", "chemical/x-mdl-sdfile", await sdf(direction, { ...asked, k: hits.length }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.replaceChildren(` ${error.message}`);
    }
  };
  return [h("button", { type: "button", class: "quiet", on: { click: load } }, "SDF"), failed];
}

/**
 * RFC 4180, with the byte-order mark that Excel wants to read it as UTF-8.
 * @param {Hit[]} hits
 */
export function csv(hits) {
  const rows = hits.map((hit) => COLUMNS.map((column) => cell(hit[column])).join(","));
  return `\uFEFF${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

/**
 * A spreadsheet takes a text that begins like a formula for one; a leading apostrophe keeps it a text.
 * @param {unknown} value
 */
function cell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number") return String(value);
  const text = Array.isArray(value) ? value.map(shown).join(";") : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
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
 * @param {BlobPart} content
 */
export function save(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
