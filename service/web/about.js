// The panel "About this index".

import { version } from "./api.js";
import { grouped, h } from "./dom.js";
import { panel } from "./panel.js";

/** Asks what is served and shows it. */
export async function about() {
  const { version: number, checkpoint, release, libraries } = await version();
  const rows = [
    ["Release", release?.name ?? "none yet"],
    ["Built", release && day(release.created)],
    ["In service since", release && day(release.serving_since)],
    ["Molecules", release && grouped(release.molecules)],
    ["Descriptions", release && grouped(release.descriptions)],
    ["Index", release && `${release.engine}, ${release.kind}`],
    ["Checkpoint", h("span", {}, checkpoint.name, " ", h("code", {}, checkpoint.digest.slice(0, 19)))],
    ...Object.entries(DIRECTIONS).map(([name, label]) => [label, figures(checkpoint.figures?.[name])]),
    ["Measured", checkpoint.measured],
    ["Confidences fitted on", checkpoint.confidence_fitted_on ?? "none: this checkpoint gives no confidences"],
    ["Molseek", number],
    ["Made with", Object.entries(libraries).map(([name, found]) => `${name} ${found}`).join(", ")],
    ["Licence", "Apache-2.0. The bundled checkpoint learned from texts of ChEBI (CC BY 4.0)."],
  ];
  const tags = Object.entries(release?.tags ?? {});
  panel(
    "About this index",
    h(
      "div",
      {},
      h("dl", { class: "facts-list" }, rows.flatMap(([label, value]) => (value ? [h("dt", {}, label), h("dd", {}, value)] : []))),
      tags.length > 0 && [
        h("h3", {}, "Tags"),
        h("ul", { class: "tags" }, tags.slice(0, 40).map(([tag, count]) => h("li", {}, `${tag} `, h("small", {}, grouped(count))))),
        tags.length > 40 ? h("p", {}, `and ${grouped(tags.length - 40)} more`) : null,
      ],
      h(
        "p",
        {},
        "A hit's confidence assumes that the corpus has what was asked for. Where an exact answer exists, use a filter: substructures are exact.",
      ),
    ),
  );
}

/** @type {Record<string, string>} */
const DIRECTIONS = { text2mol: "Molecules for a text", mol2text: "Texts for a molecule" };

/**
 * How well a checkpoint finds what is right, in words.
 * @param {Record<string, number> | undefined} measured
 */
function figures(measured) {
  const [first, ten, queries, pool] = ["hits@1", "hits@10", "queries", "pool"].map((name) => measured?.[name]);
  if (first === undefined || ten === undefined) return null;
  const share = (/** @type {number} */ value) => `${(100 * value).toFixed(1)} %`;
  const among = queries && pool ? ` of ${grouped(queries)} queries, among ${grouped(pool)}` : "";
  return `the right one comes first for ${share(first)} and among the first ten for ${share(ten)}${among}`;
}

/** @param {string} time UTC, ISO 8601 */
const day = (time) => new Date(time).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
