// A file with a structure, dropped anywhere on the page: without this, a browser leaves the page for it.

import { Problem } from "./api.js";

/** Characters of a file that are read; a molblock of 600 atoms, the most that is searched for, has fewer. */
const MOST = 100_000;

/** @param {(read: () => Promise<string>) => void} use */
export function acceptFiles(use) {
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    use(() => read(file));
  });
}

/** @param {File} file */
async function read(file) {
  const detail = `The file ${file.name} has ${Math.ceil(file.size / 1000).toLocaleString("en")} kB. Drop a file with one structure: a molfile, or a text with a SMILES or an InChI.`;
  if (file.size > MOST) throw new Problem({ title: "The file is too large", detail, status: 413 });
  return file.text();
}
