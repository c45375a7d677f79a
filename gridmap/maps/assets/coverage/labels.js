// @ts-check
/** Names and numbers on the map: communities, grids with their sign, roads. */

import { canvasLayer, worldPoint } from "./canvas.js";
import { OUT_OF_BAND, SIZES } from "./grids.js";
import { unpackLine, unpackPoint } from "./shapes.js";

/** @typedef {typeof import("leaflet")} Leaflet */
/** @typedef {import("./canvas.js").View} View */
/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./page.js").Grid} Grid */
/** @typedef {import("./speech.js").Speech} Speech */
/** @typedef {import("./shapes.js").LatLng} LatLng */

/**
 * @typedef {object} Label
 * @property {[number, number]} world
 * @property {number[]} [shifts] How far under its place it may stand, in pixels; the best first.
 * @property {boolean} [repeats] Whether the same words may stand elsewhere in view.
 * @property {(view: View) => Line[][]} forms What may stand there at this zoom, fullest first.
 */
/** @typedef {{box: number[], words: string}} Taken */
/** @typedef {{text: string, font: string, colour: string, height: number}} Line */

const FONT = '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif';
const HALO = "rgba(255, 255, 255, 0.92)";
const REPEAT_PX = 320;
const ROOM_FOR_SIGN = 9;
const ROOM_FOR_NUMBER = 12;
const ROOM_FOR_CODE = 19;

/**
 * The layer that paints every label that fits, the important ones first.
 *
 * @param {Leaflet} L
 * @param {Page} page
 * @param {Speech} speech
 */
export function labelLayer(L, page, speech) {
  const isLoud = (/** @type {Grid} */ { size }) => OUT_OF_BAND.has(size);
  const isQuiet = (/** @type {Grid} */ grid) => !isLoud(grid);
  const labels = [
    ...page.grids.filter(isLoud).map((grid) => gridLabel(L, grid, speech)),
    ...page.communities.map((community) => communityLabel(L, community)),
    ...page.grids.filter(isQuiet).map((grid) => gridLabel(L, grid, speech)),
    ...roadLabels(L, page),
  ];
  return canvasLayer(L, "labels", (context, view) => {
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.strokeStyle = HALO;
    context.lineWidth = 3.5;
    /** @type {Taken[]} */
    const taken = [];
    for (const label of labels) paintLabel(context, view, label, taken);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {Label} label
 * @param {Taken[]} taken
 */
function paintLabel(context, view, label, taken) {
  const [x, edge] = view.place(...label.world);
  if (x < -60 || edge < -30 || x > view.width + 60 || edge > view.height + 30) return;
  const shifts = label.shifts ?? [0];
  const forms = label.forms(view).flatMap((lines) => shifts.map((shift) => ({ lines, shift })));
  for (const { lines, shift } of forms) {
    const y = edge + shift;
    const words = label.repeats ? (lines[0]?.text ?? "") : "";
    const box = boxOf(context, lines, x, y);
    const isTaken = taken.some(
      (other) => overlaps(box, other.box) || isRepeated(words, x, y, other),
    );
    if (isTaken) continue;
    taken.push({ box, words });
    paintLines(context, lines, x, box[1] ?? y);
    return;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Line[]} lines
 * @param {number} x
 * @param {number} y
 */
function boxOf(context, lines, x, y) {
  const height = lines.reduce((sum, line) => sum + line.height, 0);
  const widths = lines.map((line) => {
    context.font = line.font;
    return context.measureText(line.text).width;
  });
  const half = Math.max(...widths) / 2 + 2;
  return [x - half, y - height / 2, x + half, y + height / 2];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Line[]} lines
 * @param {number} x
 * @param {number} top
 */
function paintLines(context, lines, x, top) {
  for (const line of lines) {
    context.font = line.font;
    context.fillStyle = line.colour;
    context.strokeText(line.text, x, top + line.height / 2);
    context.fillText(line.text, x, top + line.height / 2);
    top += line.height;
  }
}

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function overlaps([left = 0, top = 0, right = 0, bottom = 0], [l = 0, t = 0, r = 0, b = 0]) {
  return left < r && l < right && top < b && t < bottom;
}

/**
 * Whether the same road is named close by.
 *
 * @param {string} words
 * @param {number} x
 * @param {number} y
 * @param {Taken} other
 */
function isRepeated(words, x, y, { box: [left = 0, top = 0], words: others }) {
  return words !== "" && words === others && Math.hypot(left - x, top - y) < REPEAT_PX;
}

/**
 * @param {Leaflet} L
 * @param {import("./page.js").Community} community
 * @returns {Label}
 */
function communityLabel(L, community) {
  const place = unpackPoint(community.top);
  return {
    world: worldPoint(L, place),
    shifts: [16, -12, 36],
    forms: (view) =>
      view.pixels(community.room, place[0]) < 34
        ? []
        : [[{ text: community.name, font: `700 15px ${FONT}`, colour: "#0d3b36", height: 20 }]],
  };
}

/**
 * @param {Leaflet} L
 * @param {Grid} grid
 * @param {Speech} speech
 * @returns {Label}
 */
function gridLabel(L, grid, speech) {
  const place = unpackPoint(grid.label);
  const { sign } = SIZES[grid.size];
  const dark = "#10161d";
  return {
    world: worldPoint(L, place),
    forms: (view) => {
      const room = view.pixels(grid.room, place[0]);
      if (room < ROOM_FOR_SIGN) return [];
      const count = grid.households > 0 ? speech.number(grid.households) : "";
      const mark = { text: sign, font: `700 12px ${FONT}`, colour: dark, height: 14 };
      const signed = sign ? [[mark]] : [];
      const number = { text: count, font: `700 12px ${FONT}`, colour: dark, height: 14 };
      const numbered = count && !sign && room >= ROOM_FOR_NUMBER ? [[number]] : [];
      if (room < ROOM_FOR_CODE) return [...signed, ...numbered];
      const full = [
        { text: grid.short, font: `500 11px ${FONT}`, colour: "#3d4854", height: 14 },
        { text: `${sign}${count}`, font: `700 14px ${FONT}`, colour: dark, height: 17 },
      ];
      return [full, ...signed, ...numbered];
    },
  };
}

/**
 * One label a road name and stretch: at the middle corner of its longest lines.
 *
 * @param {Leaflet} L
 * @param {Page} page
 * @returns {Label[]}
 */
function roadLabels(L, page) {
  return page.backdrop
    .filter((line) => line.name)
    .map(({ name, line }) => {
      const corners = unpackLine(line);
      const first = worldPoint(L, corners[0] ?? [0, 0]);
      const last = worldPoint(L, corners.at(-1) ?? [0, 0]);
      const middle = /** @type {[number, number]} */ ([
        (first[0] + last[0]) / 2,
        (first[1] + last[1]) / 2,
      ]);
      const length = Math.hypot(last[0] - first[0], last[1] - first[1]);
      return { name, length, world: corners.length > 2 ? middleCorner(L, corners) : middle };
    })
    .sort((one, other) => other.length - one.length)
    .map(({ name, length, world }) => ({
      world,
      repeats: true,
      forms: (view) =>
        length * 2 ** view.zoom < name.length * 13 + 40
          ? []
          : [[{ text: name, font: `400 11px ${FONT}`, colour: "#6a6250", height: 14 }]],
    }));
}

/**
 * @param {Leaflet} L
 * @param {LatLng[]} corners
 */
function middleCorner(L, corners) {
  return worldPoint(L, corners[Math.floor(corners.length / 2)] ?? [0, 0]);
}
