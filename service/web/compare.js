// Two to four hits side by side.

import { molecule } from "./api.js";
import { formula, moleculeId } from "./card.js";
import { byId, counted, h } from "./dom.js";
import { percent } from "./meter.js";
import { panel } from "./panel.js";
import { picture } from "./picture.js";

/** @import { Found } from "./finder.js" */
/** @import { Hit, MoleculeRecord } from "./types.d.ts" */

const MOST = 4;

/**
 * Begins a comparison among these hits; what it returns is told of each hit that is chosen or no longer so.
 * @param {Found} found
 * @returns {(hit: Hit, chosen: boolean) => void}
 */
export function comparison(found) {
  /** @type {Hit[]} */
  let chosen = [];
  show([], found);
  return (hit, added) => {
    chosen = added ? [...chosen, hit] : chosen.filter((each) => each !== hit);
    const full = chosen.length >= MOST;
    for (const box of document.querySelectorAll(".choose input")) {
      if (box instanceof HTMLInputElement) box.disabled = full && !box.checked;
    }
    show(chosen, found);
  };
}

/** Ends a comparison that was begun. */
export function endComparison() {
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
  const records = await Promise.all(hits.map((hit) => molecule(moleculeId(hit, found) ?? hit.id).catch(() => null)));
  /** @type {[string | HTMLElement, (hit: Hit, record: MoleculeRecord | null) => import("./dom.js").Child | import("./dom.js").Child[]][]} */
  const rows = [
    [h("span", {}, "Structure", h("small", {}, " in colour: what all share")), (hit) => structure(hit, hits)],
    ["Formula", (_, record) => (record?.formula ? formula(record.formula) : "–")],
    ["Molecular weight", (_, record) => (record?.molecular_weight ? `${record.molecular_weight.toFixed(2)} g/mol` : "–")],
    ["Confidence", (hit) => (hit.confidence === null ? "–" : percent(hit.confidence))],
    ["Score", (hit) => (Number.isNaN(hit.score) ? "–" : hit.score.toFixed(3))],
    ["Morgan similarity", (hit) => hit.morgan_similarity?.toFixed(2) ?? "–"],
    ["Tags", (hit) => hit.tags.join(", ") || "–"],
    ["Description", (hit) => hit.description ?? "–"],
    ["SMILES", (hit) => h("code", {}, hit.smiles ?? "–")],
  ];
  panel(
    "Side by side",
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Comparison" },
      h(
        "table",
        { class: "comparison" },
        h("thead", {}, h("tr", {}, h("td", {}), hits.map((hit) => h("th", { scope: "col" }, hit.name ?? hit.id)))),
        h(
          "tbody",
          {},
          rows.map(([label, value]) =>
            h("tr", {}, h("th", { scope: "row" }, label), hits.map((hit, n) => h("td", {}, ...[value(hit, records[n])].flat()))),
          ),
        ),
      ),
    ),
    "wide",
  );
}

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
