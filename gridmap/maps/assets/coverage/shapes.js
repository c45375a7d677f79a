// @ts-check
/** Packed shapes, unpacked; see `gridmap.maps.shapes` for how they were packed. */

/** @typedef {import("./page.js").PackedLine} PackedLine */
/** @typedef {import("./page.js").PackedArea} PackedArea */
/** @typedef {[number, number]} LatLng */

export const STEPS_PER_DEGREE = 1e6;

/**
 * @param {PackedLine} steps
 * @returns {LatLng[]}
 */
export function unpackLine(steps) {
  /** @type {LatLng[]} */
  const corners = [];
  let lon = 0;
  let lat = 0;
  for (let at = 0; at < steps.length; at += 2) {
    lon += steps[at] ?? 0;
    lat += steps[at + 1] ?? 0;
    corners.push([lat / STEPS_PER_DEGREE, lon / STEPS_PER_DEGREE]);
  }
  return corners;
}

/** @param {PackedArea} area */
export function unpackArea(area) {
  return area.map((rings) => rings.map(unpackLine));
}

/**
 * @param {[number, number]} packed
 * @returns {LatLng}
 */
export function unpackPoint([lon, lat]) {
  return [lat / STEPS_PER_DEGREE, lon / STEPS_PER_DEGREE];
}
