// A number from 0 to 1 as a bar and in figures.

import { h } from "./dom.js";

/**
 * @param {string} label
 * @param {number | null} value null: not known, and no meter
 * @param {{ text: string, title: string, kind: string }} how text: the figures; title: what they mean
 */
export function meter(label, value, { text, title, kind }) {
  if (value === null || Number.isNaN(value)) return null;
  const share = Math.max(0, Math.min(1, value));
  return h(
    "div",
    { class: `meter ${kind}`, title },
    h("dt", {}, label),
    h("dd", {}, h("span", { class: "bar", "aria-hidden": "true" }, h("span", { "width-share": share })), h("b", {}, text)),
  );
}

/** @param {number} value from 0 to 1 */
export const percent = (value) => (value > 0 && value < 0.005 ? "< 1 %" : `${Math.round(100 * value)} %`);

/**
 * A confidence in words.
 * @param {number} value
 */
export function believed(value) {
  if (value >= 0.8) return "very likely";
  if (value >= 0.5) return "more likely than not";
  if (value >= 0.15) return "possible";
  return "unlikely";
}
