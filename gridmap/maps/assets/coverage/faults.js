// @ts-check
/** Households in no grid, and faults in the data, each kind a layer of its own. */

import { element } from "./page.js";
import { unpackLine } from "./shapes.js";

/** @typedef {typeof import("leaflet")} Leaflet */
/** @typedef {import("leaflet").FeatureGroup} Group */
/** @typedef {import("./page.js").Fault} Fault */
/** @typedef {import("./page.js").FaultLayer} FaultLayer */
/** @typedef {import("./speech.js").Speech} Speech */
/** @typedef {import("./shapes.js").LatLng} LatLng */

/** @type {Record<string, string>} */
export const FAULT_COLOURS = {
  no_place: "#c4002f",
  outside: "#8a1fb5",
  duplicate: "#006d8f",
  conflict: "#b35c00",
  waived: "#4f5b66",
  refused: "#7a0019",
  repaired: "#00764f",
  noted: "#3a4cc0",
};
const SAID_AT_ONCE = 6;
const MOST_ABOVE_LABELS = 2000;

/**
 * Draw one layer of faults; those at one place share a mark.
 *
 * @param {Leaflet} L
 * @param {Group} group
 * @param {FaultLayer} layer
 * @param {Speech} speech
 * @param {import("leaflet").Renderer} above Draws over the labels, and lets the pointer through
 *   beside its marks; too slow for very many, which are drawn with the grids instead.
 */
export function drawFaults(L, group, layer, speech, above) {
  const colour = FAULT_COLOURS[layer.key] ?? "#000000";
  const renderer = layer.faults.length > MOST_ABOVE_LABELS ? {} : { renderer: above };
  for (const [place, faults] of stacked(layer.faults)) {
    const radius = 5 + Math.min(7, Math.log2(faults.length));
    const mark = { color: "#ffffff", weight: 1.5, fillColor: colour, fillOpacity: 0.95 };
    const style = { ...mark, ...renderer };
    L.circleMarker(place, { ...style, radius })
      .bindTooltip(() => faultWords(speech, layer.key, faults), { className: "coverage-tip" })
      .addTo(group);
  }
  for (const fault of layer.faults) {
    const line = { color: colour, weight: 3, fillColor: colour, fillOpacity: 0.35 };
    const style = { ...line, ...renderer };
    const lines = (fault.shape.lines ?? []).map((part) => L.polyline(unpackLine(part), style));
    const areas = (fault.shape.areas ?? []).map((ring) => L.polygon(ring.map(unpackLine), style));
    for (const shape of [...lines, ...areas]) {
      shape
        .bindTooltip(() => faultWords(speech, layer.key, [fault]), {
          className: "coverage-tip",
          sticky: true,
        })
        .addTo(group);
    }
  }
}

/**
 * Every corner of a fault, to show it or to learn that it has no place.
 *
 * @param {Fault} fault
 */
export function faultCorners(fault) {
  const { points = [], lines = [], areas = [] } = fault.shape;
  return [...points, ...lines, ...areas.flat()].flatMap(unpackLine);
}

/**
 * @param {Fault[]} faults
 * @returns {[LatLng, Fault[]][]}
 */
function stacked(faults) {
  /** @type {Map<string, [LatLng, Fault[]]>} */
  const places = new Map();
  for (const fault of faults) {
    for (const [place] of (fault.shape.points ?? []).map(unpackLine)) {
      if (!place) continue;
      const stack = places.get(place.join());
      if (stack) stack[1].push(fault);
      else places.set(place.join(), [place, [fault]]);
    }
  }
  return [...places.values()];
}

/**
 * @param {Speech} speech
 * @param {string} key
 * @param {Fault[]} faults
 */
function faultWords(speech, key, faults) {
  const words = element("div", {}, element("b", {}, speech.text(`layer_${key}`)));
  for (const fault of faults.slice(0, SAID_AT_ONCE)) {
    words.append(element("p", {}, speech.pick(fault.says)));
  }
  const count = faults.length - SAID_AT_ONCE;
  if (count > 0) words.append(element("p", {}, speech.text("more", { count })));
  return words;
}
