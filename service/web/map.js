// The corpus as points, with a search lit in it. Points are drawn once; the lit ones lie on a canvas above.

import { corpusMap, places, point } from "./api.js";
import { grouped, h } from "./dom.js";
import { panel } from "./panel.js";
import { readMap } from "./mapdata.js";
import { emptyState, writeState } from "./state.js";

/** @import { Found } from "./finder.js" */
/** @import { CorpusMap } from "./mapdata.js" */
/** @import { PlacesAnswer } from "./types.d.ts" */

const SIZE = 660;
const MARGIN = 18;
const NEAR = 10;

/**
 * Opens the map.
 * @param {Found | null} found the search to light
 */
export async function openMap(found) {
  const canvas = h("canvas", { width: SIZE * 2, height: SIZE * 2, class: "map", role: "img", "aria-label": "Map of the corpus" });
  const note = h("p", { class: "map-note", role: "status" }, "Drawing the map…");
  const pointed = h("p", { class: "pointed" }, " ");
  panel("The corpus as a map", h("div", {}, note, canvas, pointed, h("ul", { class: "lit" })));
  const map = readMap(await corpusMap());
  const lit = found && found.hits.length ? (await places(asked(found))).places : [];
  draw(canvas, map, lit);
  const share = `${Math.round(100 * map.share)} % of their variance`;
  note.textContent = `${grouped(map.count)} molecules, where their vectors lie on the plane that shows most of them (${share}). ${lit.length ? "Coloured: the hits. Ringed: the query." : "A search lights its hits."}`;
  canvas.addEventListener("pointermove", (event) => void name(canvas, map, event, pointed));
  canvas.addEventListener("click", (event) => void name(canvas, map, event, pointed));
}

/** @param {Found} found */
function asked(found) {
  const query = new URLSearchParams();
  for (const hit of found.hits.slice(0, 50)) query.append("id", hit.molecule_id ?? hit.id);
  const { kind, value } = found.understood;
  if (kind === "structure") query.set("structure", value);
  else if (kind === "text") query.set("text", value);
  return query;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CorpusMap} map
 * @param {PlacesAnswer["places"]} lit
 */
function draw(canvas, map, lit) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const colours = colour(canvas);
  const size = map.count > 50_000 ? 1.5 : map.count > 5_000 ? 2.5 : 6;
  context.fillStyle = colours("--point");
  context.globalAlpha = map.count > 20_000 ? 0.35 : 0.6;
  for (let n = 0; n < map.count; n++) {
    const [x, y] = onCanvas(map, map.xy[2 * n], map.xy[2 * n + 1]);
    context.fillRect(x - size / 2, y - size / 2, size, size);
  }
  context.globalAlpha = 1;
  context.font = "600 22px system-ui, sans-serif";
  context.lineWidth = 3;
  for (const [n, place] of [...lit.entries()].reverse()) {
    const [x, y] = onCanvas(map, place.x, place.y);
    context.beginPath();
    context.arc(x, y, place.id === null ? 17 : n === 0 ? 12 : 9, 0, 7);
    if (place.id === null) {
      context.strokeStyle = colours("--ink");
      context.lineWidth = 5;
      context.stroke();
      continue;
    }
    context.fillStyle = colours(n === 0 ? "--confidence" : "--similarity");
    context.strokeStyle = colours("--surface");
    context.fill();
    context.stroke();
  }
  label(context, map, lit, colours);
}

/**
 * What a colour of the stylesheet is in the light or in the dark: a canvas reads no variables.
 * @param {HTMLCanvasElement} canvas
 */
const colour = (canvas) => (/** @type {string} */ name) => {
  canvas.style.color = `var(${name})`;
  return getComputedStyle(canvas).color;
};

/**
 * Names of the first hits, where they do not cover each other.
 * @param {CanvasRenderingContext2D} context
 * @param {CorpusMap} map
 * @param {PlacesAnswer["places"]} lit
 * @param {(name: string) => string} colours
 */
function label(context, map, lit, colours) {
  /** @type {number[]} */
  const taken = [];
  for (const place of lit.slice(0, 8)) {
    const text = place.id === null ? "query" : (place.name ?? place.id);
    const [x, y] = onCanvas(map, place.x, place.y);
    if (taken.some((other) => Math.abs(other - y) < 26)) continue;
    taken.push(y);
    const width = context.measureText(text).width;
    const left = x + 20 + width > 2 * SIZE ? x - 20 - width : x + 20;
    context.strokeStyle = colours("--surface");
    context.lineWidth = 7;
    context.lineJoin = "round";
    context.strokeText(text, left, y + 8);
    context.fillStyle = colours("--ink");
    context.fillText(text, left, y + 8);
  }
}

/**
 * Where a place of the map is on the canvas, whose pixels are half of the page's.
 * @param {CorpusMap} map
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
function onCanvas({ left, top, span }, x, y) {
  const scale = (SIZE - 2 * MARGIN) / span;
  return [2 * (MARGIN + (x - left) * scale), 2 * (MARGIN + (top - y) * scale)];
}

let asking = 0;

/**
 * Names the molecule under the pointer.
 * @param {HTMLCanvasElement} canvas
 * @param {CorpusMap} map
 * @param {MouseEvent} event
 * @param {HTMLElement} where
 */
async function name(canvas, map, event, where) {
  const nearest = under(canvas, map, event);
  if (nearest === null) return;
  const mine = ++asking;
  await new Promise((resolve) => setTimeout(resolve, 80)); // the pointer is on its way somewhere
  if (mine !== asking) return;
  const { id, name: called } = await point(map.rows[nearest]);
  if (mine !== asking) return;
  const address = writeState({ ...emptyState(), q: called ?? id });
  where.replaceChildren("Under the pointer: ", h("a", { href: address }, called ?? id));
}

/**
 * The number of the nearest point, if one is near.
 * @param {HTMLCanvasElement} canvas
 * @param {CorpusMap} map
 * @param {MouseEvent} event
 */
function under(canvas, map, event) {
  const scale = (2 * SIZE) / canvas.getBoundingClientRect().width;
  const [px, py] = [event.offsetX * scale, event.offsetY * scale];
  let [best, distance] = [/** @type {number | null} */ (null), (2 * NEAR) ** 2];
  for (let n = 0; n < map.count; n++) {
    const [x, y] = onCanvas(map, map.xy[2 * n], map.xy[2 * n + 1]);
    const d = (x - px) ** 2 + (y - py) ** 2;
    if (d < distance) [best, distance] = [n, d];
  }
  return best;
}
