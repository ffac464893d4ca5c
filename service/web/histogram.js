// How a property is spread over the corpus, above the two fields of its range: what lies within is lit.

import { h } from "./dom.js";

/**
 * @param {{ edges: number[], counts: number[] }} bins edges: one more than counts
 * @param {HTMLElement} fields the two fields, in this order: least, most
 */
export function histogram({ edges, counts }, fields) {
  const highest = Math.max(1, ...counts);
  const bars = counts.map((count, n) => {
    // The root makes rare values visible beside common ones.
    const bar = h("span", { "width-share": Math.sqrt(count / highest), title: `${edges[n]} to ${edges[n + 1]}: ${count}` });
    bar.addEventListener("click", () => choose(edges[n], edges[n + 1]));
    return bar;
  });
  const [min, max] = fields.querySelectorAll("input");

  /**
   * @param {number} from
   * @param {number} to
   */
  function choose(from, to) {
    min.value = String(from);
    max.value = String(to);
    light();
  }

  function light() {
    const from = min.value === "" ? -Infinity : Number(min.value);
    const to = max.value === "" ? Infinity : Number(max.value);
    bars.forEach((bar, n) => bar.classList.toggle("out", edges[n + 1] <= from || edges[n] > to));
  }

  fields.addEventListener("input", light);
  return h("div", { class: "histogram", "aria-hidden": "true" }, bars);
}
