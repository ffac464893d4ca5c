// Two to four hits side by side.

import { formula, recordOf } from "./card.js";
import { byId, counted, h } from "./dom.js";
import { percent } from "./meter.js";
import { panel } from "./panel.js";
import { picture } from "./picture.js";

/** @import { Found } from "./finder.js" */
/** @import { Hit, MoleculeRecord } from "./types.d.ts" */

const MOST = 4;

/** @type {Hit[]} */
let chosen = [];

/** @typedef {{ has: (hit: Hit) => boolean, full: () => boolean, choose: (hit: Hit, chosen: boolean) => void }} Comparison */

/**
 * A comparison among these hits. What was chosen of them before stays so: more hits of a search are no other search.
 * @param {Found} found
 * @returns {Comparison}
 */
export function comparison(found) {
  const before = new Set(chosen.map((hit) => hit.id));
  chosen = found.hits.filter((hit) => before.has(hit.id));
  show(chosen, found);
  const full = () => chosen.length >= MOST;
  return {
    has: (hit) => chosen.includes(hit),
    full,
    choose: (hit, added) => {
      chosen = added ? [...chosen, hit] : chosen.filter((each) => each !== hit);
      for (const box of document.querySelectorAll(".choose input")) {
        if (box instanceof HTMLInputElement) box.disabled = full() && !box.checked;
      }
      show(chosen, found);
    },
  };
}

/** Ends a comparison that was begun. */
export function endComparison() {
  chosen = [];
  byId("compare-bar").hidden = true;
}

/**
 * @param {Hit[]} chosen
 * @param {Found} found
 */
function show(chosen, found) {
  const bar = byId("compare-bar");
  bar.hidden = chosen.length === 0;
  bar.replaceChildren(
    h("span", { role: "status" }, chosen.length < 2 ? "Choose another hit to compare with" : `${counted(chosen.length, "hit")} chosen`),
    h(
      "button",
      { type: "button", class: "go", disabled: chosen.length < 2, on: { click: () => open([...chosen], found) } },
      "Compare",
    ),
  );
}

/**
 * @param {Hit[]} hits
 * @param {Found} found
 */
async function open(hits, found) {
  const state = h("p", { role: "status" }, "Drawing the structures…");
  const content = h("div", {}, state);
  panel("Side by side", content, "wide");
  const records = await Promise.all(hits.map((hit) => recordOf(hit, found)));
  /** @type {[string | HTMLElement, (hit: Hit, record: MoleculeRecord | null) => import("./dom.js").Child | import("./dom.js").Child[]][]} */
  const rows = [
    [h("span", {}, "Structure", h("small", {}, " (what all share is coloured, aromatic or not)")), (hit) => structure(hit, hits)],
    ["Formula", (_, record) => (record?.formula ? formula(record.formula) : "–")],
    ["Molecular weight", (_, record) => (record?.molecular_weight ? `${record.molecular_weight.toFixed(2)} g/mol` : "–")],
    ["Confidence", (hit) => (hit.confidence === null ? "–" : percent(hit.confidence))],
    ["Score", (hit) => (Number.isNaN(hit.score) ? "–" : hit.score.toFixed(3))],
    ["Morgan similarity", (hit) => hit.morgan_similarity?.toFixed(2) ?? "–"],
    ["Tags", (hit) => hit.tags.join(", ") || "–"],
    ["Description", (hit) => hit.description ?? "–"],
    ["SMILES", (hit) => h("code", {}, hit.smiles ?? "–")],
  ];
  // Roles are said: on a phone rows are laid out as grids, and would be rows no more.
  const table = h(
    "table",
    { class: "comparison", role: "table", "width-share": hits.length },
    h(
      "thead",
      { role: "rowgroup" },
      h("tr", { role: "row" }, h("td", {}), hits.map((hit) => h("th", { scope: "col", role: "columnheader" }, hit.name ?? hit.id))),
    ),
    h(
      "tbody",
      { role: "rowgroup" },
      rows.map(([label, value]) =>
        h(
          "tr",
          { role: "row" },
          h("th", { scope: "row", role: "rowheader" }, label),
          hits.map((hit, n) => h("td", { role: "cell" }, ...[value(hit, records[n])].flat())),
        ),
      ),
    ),
  );
  content.append(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Comparison" }, table));
  // What several structures share takes a second to find.
  await Promise.all([...table.querySelectorAll("img")].map(settled));
  state.remove();
}

/**
 * Waits until a picture is there, or is known not to come.
 * @param {HTMLImageElement} image
 */
const settled = (image) =>
  new Promise((resolve) => {
    if (image.complete && image.src) return resolve(null);
    image.addEventListener("load", resolve);
    image.addEventListener("error", resolve);
  });

/**
 * The structure of a hit, with what it shares with all the others in colour.
 * @param {Hit} hit
 * @param {Hit[]} hits
 */
function structure(hit, hits) {
  if (!hit.smiles) return "–";
  const others = hits.filter((other) => other !== hit).flatMap((other) => other.smiles ?? []);
  return picture({ smiles: hit.smiles, alt: `Structure of ${hit.name ?? hit.id}`, commonWith: others });
}
