// The map as the service packs it: a count, a share, then places and numbers of molecules, little-endian.

/**
 * @typedef {object} CorpusMap
 * @property {number} count
 * @property {number} share of the variance that the plane shows
 * @property {Float32Array} xy in turns
 * @property {Int32Array} rows the number of each molecule
 * @property {number} left the least x
 * @property {number} top the greatest y
 * @property {number} span of the longer side
 */

const HEAD = 8;

/**
 * @param {ArrayBuffer} packed
 * @returns {CorpusMap}
 */
export function readMap(packed) {
  const head = new DataView(packed);
  const count = head.getUint32(0, true);
  const xy = new Float32Array(packed, HEAD, 2 * count);
  const rows = new Int32Array(packed, HEAD + 8 * count, count);
  const [least, most] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (let n = 0; n < 2 * count; n++) {
    least[n % 2] = Math.min(least[n % 2], xy[n]);
    most[n % 2] = Math.max(most[n % 2], xy[n]);
  }
  const span = Math.max(most[0] - least[0], most[1] - least[1], 1e-6);
  const spare = [span - (most[0] - least[0]), span - (most[1] - least[1])];
  return { count, share: head.getFloat32(4, true), xy, rows, left: least[0] - spare[0] / 2, top: most[1] + spare[1] / 2, span };
}
