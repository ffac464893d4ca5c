// The corpus as points, with a search lit in it, and the lit hits as a list for those who do not point or see.

import { Problem, corpusMap, places, point } from "./api.js";
import { byId, grouped, h } from "./dom.js";
import { panel } from "./panel.js";
import { readMap } from "./mapdata.js";
import { emptyState, writeState } from "./state.js";

/** @import { Found } from "./finder.js" */
/** @import { CorpusMap } from "./mapdata.js" */
/** @import { PlacesAnswer } from "./types.d.ts" */

const SIZE = 660;
const MARGIN = 18;
const NEAR = 10;
/** Of labels, in pixels of the page. */
const LETTERS = 12.5;

/**
 * Opens the map.
 * @param {Found | null} found the search to light
 */
export async function openMap(found) {
  const canvas = h("canvas", { width: SIZE * 2, height: SIZE * 2, class: "map", role: "img", "aria-label": "Map of the corpus" });
  const note = h("p", { class: "map-note", role: "status" }, "Drawing the map…");
  const pointed = h("p", { class: "pointed" }, " ");
  const list = h("ol", { class: "lit", "aria-label": "Hits on the map" });
  const dialog = panel("The corpus as a map", h("div", {}, note, canvas, pointed, list));
  const map = readMap(await corpusMap());
  const lit = found && found.hits.length ? (await places(asked(found))).places : [];
  // A label that is readable on a desk is five pixels high on a phone: drawn anew for the width that there is.
  const observer = new ResizeObserver(() => draw(canvas, map, lit));
  observer.observe(canvas);
  dialog.addEventListener("close", () => observer.disconnect());
  list.replaceChildren(...lit.flatMap((place) => (place.id === null ? [] : [h("li", {}, toCard(place, found, dialog))])));
  const share = `${Math.round(100 * map.share)} % of their variance`;
  note.textContent = `${grouped(map.count)} molecules, where their vectors lie on the plane that shows most of them (${share}). ${lit.length ? "Coloured: the hits. Ringed: the query." : "A search lights its hits."}`;
  canvas.addEventListener("pointermove", (event) => void name(canvas, map, event, pointed));
  canvas.addEventListener("click", (event) => void name(canvas, map, event, pointed));
}

/**
 * A hit that is lit, which leads to its card.
 * @param {PlacesAnswer["places"][number]} place
 * @param {Found | null} found
 * @param {HTMLDialogElement} dialog
 */
function toCard(place, found, dialog) {
  const hit = found?.hits.find((each) => (each.molecule_id ?? each.id) === place.id);
  const show = () => {
    dialog.close();
    if (!hit) return;
    const card = byId(`card-${hit.rank}`);
    card.scrollIntoView({ block: "center" });
    card.querySelector("a")?.focus({ preventScroll: true });
  };
  return h("button", { type: "button", class: "link", on: { click: show } }, `${hit?.rank ?? ""} ${place.name ?? place.id}`.trim());
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
  context.clearRect(0, 0, canvas.width, canvas.height);
  const colours = colour(canvas);
  const shrunk = Math.max(2, scale(canvas)) / 2;
  const size = map.count > 50_000 ? 1.5 : map.count > 5_000 ? 2.5 : 6;
  context.fillStyle = colours("--point");
  context.globalAlpha = map.count > 20_000 ? 0.35 : 0.6;
  for (let n = 0; n < map.count; n++) {
    const [x, y] = onCanvas(map, map.xy[2 * n], map.xy[2 * n + 1]);
    context.fillRect(x - size / 2, y - size / 2, size, size);
  }
  context.globalAlpha = 1;
  context.font = `600 ${LETTERS * scale(canvas)}px system-ui, sans-serif`;
  context.lineWidth = 3;
  for (const [n, place] of [...lit.entries()].reverse()) {
    const [x, y] = onCanvas(map, place.x, place.y);
    context.beginPath();
    context.arc(x, y, shrunk * (place.id === null ? 17 : n === 0 ? 12 : 9), 0, 7);
    if (place.id === null) {
      context.strokeStyle = colours("--ink");
      context.lineWidth = 5 * shrunk;
      context.stroke();
      continue;
    }
    context.fillStyle = colours(n === 0 ? "--confidence" : "--similarity");
    context.strokeStyle = colours("--surface");
    context.fill();
    context.stroke();
  }
  label(context, map, lit, colours, scale(canvas));
}

/**
 * Pixels of the canvas for one of the page.
 * @param {HTMLCanvasElement} canvas
 */
const scale = (canvas) => (2 * SIZE) / (canvas.getBoundingClientRect().width || SIZE);

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
 * @param {number} unit a pixel of the page
 */
function label(context, map, lit, colours, unit) {
  /** @type {number[]} */
  const taken = [];
  for (const place of lit.slice(0, 8)) {
    const text = place.id === null ? "query" : (place.name ?? place.id);
    const [x, y] = onCanvas(map, place.x, place.y);
    if (taken.some((other) => Math.abs(other - y) < 14 * unit)) continue;
    taken.push(y);
    const width = context.measureText(text).width;
    const away = 10 * unit;
    const left = x + away + width > 2 * SIZE ? Math.max(2 * unit, x - away - width) : x + away;
    context.strokeStyle = colours("--surface");
    context.lineWidth = 3.5 * unit;
    context.lineJoin = "round";
    context.strokeText(text, left, y + 4 * unit);
    context.fillStyle = colours("--ink");
    context.fillText(text, left, y + 4 * unit);
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
  const found = await point(map.rows[nearest]).catch((error) => {
    if (error instanceof Problem) return null; // a hint, and the map is whole without
    throw error;
  });
  if (mine !== asking || !found) return;
  const { id, name: called } = found;
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
  const unit = scale(canvas);
  const [px, py] = [event.offsetX * unit, event.offsetY * unit];
  let [best, distance] = [/** @type {number | null} */ (null), (NEAR * unit) ** 2];
  for (let n = 0; n < map.count; n++) {
    const [x, y] = onCanvas(map, map.xy[2 * n], map.xy[2 * n + 1]);
    const d = (x - px) ** 2 + (y - py) ** 2;
    if (d < distance) [best, distance] = [n, d];
  }
  return best;
}
