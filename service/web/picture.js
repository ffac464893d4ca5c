// Drawings of structures, made by the service.

import { path } from "./api.js";
import { h } from "./dom.js";
import { apiKey, authorization } from "./key.js";

const MOST_IN_ADDRESS = 1500;

/**
 * @typedef {object} Drawn
 * @property {string} smiles
 * @property {string | null} [id] of the corpus, for what no address can hold
 * @property {string} alt
 * @property {string[]} [marked] SMARTS whose matches are coloured
 * @property {string[]} [commonWith] structures; what is common to all is coloured
 * @property {boolean} [lazy]
 */

/**
 * @param {Drawn} drawn
 * @param {number} [width] in pixels
 * @param {number} [height]
 */
export function picture(drawn, width = 260, height = 180) {
  const image = h("img", { alt: drawn.alt, width, height, loading: drawn.lazy ? "lazy" : "eager", class: "structure" });
  image.addEventListener("error", () => image.replaceWith(h("code", { class: "no-picture" }, drawn.smiles)));
  const address = addressOf(drawn, width, height);
  if (apiKey()) void load(image, address);
  else image.src = address;
  return image;
}

/**
 * An image brings no key along, so it is asked for and handed over.
 * @param {HTMLImageElement} image
 * @param {string} address
 */
async function load(image, address) {
  const answer = await fetch(address, { headers: authorization() }).catch(() => null);
  image.src = answer?.ok ? URL.createObjectURL(await answer.blob()) : "data:,";
}

/**
 * @param {Drawn} drawn
 * @param {number} width
 * @param {number} height
 */
function addressOf({ id, smiles, marked = [], commonWith = [] }, width, height) {
  const size = { width: String(width), height: String(height) };
  // By its structure: a new release may have another one under this id.
  if (id && smiles.length > MOST_IN_ADDRESS && !marked.length && !commonWith.length) return `molecules/${path(id)}.svg?${new URLSearchParams(size)}`;
  const asked = new URLSearchParams({ structure: smiles, ...size });
  for (const smarts of marked) asked.append("marked", smarts);
  for (const other of commonWith) asked.append("common_with", other);
  return `structures/drawing.svg?${asked}`;
}
