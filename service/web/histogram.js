// How a property is spread over the corpus, above the two fields of its range: what lies within is lit.

import { h } from "./dom.js";

/**
 * @typedef {object} Bar
 * @property {number} from -Infinity where the first counts all that is less
 * @property {number} to of whole numbers the last one, which may be `from` itself; Infinity where it counts all that is more
 */

/**
 * @param {{ min: number, max: number, edges: number[], counts: number[] }} bins edges: one more than counts
 * @param {HTMLElement} fields the two fields, in this order: least, most
 */
export function histogram({ min: least, max: most, edges, counts }, fields) {
  const highest = Math.max(1, ...counts);
  const whole = edges.every(Number.isInteger);
  const last = counts.length - 1;
  /** @type {Bar[]} */
  const bars = counts.map((_, n) => ({
    from: n === 0 && least < edges[0] ? -Infinity : edges[n],
    to: n < last ? edges[n + 1] - (whole ? 1 : 0) : most > edges[n + 1] ? Infinity : edges[n + 1],
  }));
  const drawn = bars.map((bar, n) => {
    // The root makes rare values visible beside common ones.
    const element = h("span", { "width-share": Math.sqrt(counts[n] / highest), title: `${inWords(bar)}: ${counts[n]}` });
    element.addEventListener("click", () => choose(bar));
    return element;
  });
  const [min, max] = fields.querySelectorAll("input");

  /** @param {Bar} bar */
  function choose({ from, to }) {
    min.value = Number.isFinite(from) ? String(from) : "";
    max.value = Number.isFinite(to) ? String(to) : "";
    light();
  }

  function light() {
    const from = min.value === "" ? -Infinity : Number(min.value);
    const to = max.value === "" ? Infinity : Number(max.value);
    drawn.forEach((element, n) => element.classList.toggle("out", outside(bars[n], from, to)));
  }

  /**
   * @param {Bar} bar
   * @param {number} from
   * @param {number} to
   */
  const outside = (bar, from, to) => (whole ? bar.to < from || bar.from > to : bar.to <= from || bar.from >= to);

  fields.addEventListener("input", light);
  return h("div", { class: "histogram", "aria-hidden": "true" }, drawn);
}

/** @param {Bar} bar */
function inWords({ from, to }) {
  if (from === to) return `${from}`;
  if (!Number.isFinite(from)) return `up to ${to}`;
  return Number.isFinite(to) ? `${from} to ${to}` : `${from} or more`;
}
