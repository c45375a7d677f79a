// @ts-check
/** Grids coloured by size, and the outlines of their communities. */

import { unpackArea, unpackLine } from "./shapes.js";

/** @typedef {typeof import("leaflet")} Leaflet */
/** @typedef {import("leaflet").FeatureGroup} Group */
/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./page.js").Size} Size */

/**
 * Colours that differ in lightness as well as hue, and a sign for those who see neither.
 *
 * @type {Record<Size, {fill: string, opacity: number, line: string, dash?: string, sign: string}>}
 */
export const SIZES = {
  below: { fill: "#2f7fc4", opacity: 0.62, line: "#123a5e", sign: "▼" },
  in: { fill: "#c3dfbb", opacity: 0.58, line: "#4d6650", sign: "" },
  above: { fill: "#e8743b", opacity: 0.72, line: "#6e2a08", sign: "▲" },
  persons: { fill: "#8f1d4b", opacity: 0.66, line: "#4a0a25", sign: "■" },
  load: { fill: "#c9a227", opacity: 0.72, line: "#5c4708", sign: "●" },
  dedicated: { fill: "#e4dcf2", opacity: 0.7, line: "#5b3a92", dash: "7 4", sign: "◆" },
  empty: { fill: "#ffffff", opacity: 0.45, line: "#7b8490", dash: "2 4", sign: "○" },
};

export const OUT_OF_BAND = new Set(["below", "above", "persons", "load"]);

/** @type {[RegExp, {color: string, weight: number, dash?: string}][]} */
const BACKDROP = [
  [/water|river|stream|canal|bank|lake|水|河/, { color: "#8fbfe0", weight: 3 }],
  [/rail|铁/, { color: "#6b6f76", weight: 2, dash: "8 5" }],
  [/motorway|trunk|primary|secondary|arterial|主/, { color: "#b3a98c", weight: 4 }],
];
const SMALL_ROAD = { color: "#c3bba6", weight: 2 };

/**
 * Draw every grid into its layer.
 *
 * @param {Leaflet} L
 * @param {Group} group
 * @param {Page} page
 * @returns {import("leaflet").Polygon[]} One shape a grid, in order.
 */
export function drawGrids(L, group, page) {
  return page.grids.map((grid) => {
    const { fill, opacity, line, dash } = SIZES[grid.size];
    const shape = L.polygon(unpackArea(grid.shape), {
      color: line,
      weight: lineWeight(grid.size),
      fillColor: fill,
      fillOpacity: opacity,
      ...(dash ? { dashArray: dash } : {}),
    });
    return shape.addTo(group);
  });
}

/**
 * How wide a grid's border is, in pixels.
 *
 * @param {Size} size
 */
export function lineWeight(size) {
  return size === "dedicated" ? 2.5 : 1.2;
}

/**
 * Draw the outline of every community.
 *
 * @param {Leaflet} L
 * @param {Group} group
 * @param {Page} page
 */
export function drawOutlines(L, group, page) {
  for (const community of page.communities) {
    const under = { color: "#ffffff", weight: 6, opacity: 0.8, fill: false, interactive: false };
    const line = { color: "#1d2733", weight: 2.6, fill: false, interactive: false };
    const shape = unpackArea(community.shape);
    L.polygon(shape, under).addTo(group);
    L.polygon(shape, line).addTo(group);
  }
}

/**
 * Draw the lines to find one's way by, below everything else.
 *
 * @param {Leaflet} L
 * @param {Group} group
 * @param {Page} page
 */
export function drawBackdrop(L, group, page) {
  const renderer = L.canvas({ pane: "backdrop", padding: 0.3 });
  for (const { class: kind, line } of page.backdrop) {
    const { dash, ...style } = { dash: "", ...backdropStyle(kind) };
    L.polyline(unpackLine(line), {
      ...style,
      ...(dash ? { dashArray: dash } : {}),
      renderer,
      interactive: false,
    }).addTo(group);
  }
}

/** @param {string} kind */
function backdropStyle(kind) {
  return BACKDROP.find(([pattern]) => pattern.test(kind))?.[1] ?? SMALL_ROAD;
}
