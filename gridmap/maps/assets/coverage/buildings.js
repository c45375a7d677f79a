// @ts-check
/** Buildings as dots, sized by households, and the one nearest to the pointer. */

import { canvasLayer, worldPoint } from "./canvas.js";
import { STEPS_PER_DEGREE } from "./shapes.js";

/** @typedef {typeof import("leaflet")} Leaflet */
/** @typedef {import("./page.js").Buildings} Columns */
/** @typedef {import("./shapes.js").LatLng} LatLng */

const HOME = "#27323f";
const NOBODY = "#98a1ab";
const NO_GRID = "#c4002f";
const CELL_DEGREES = 0.002;
const LARGEST = 6;

export class BuildingDots {
  #L;
  #columns;
  #world;
  /** @type {Map<string, number[]> | undefined} */
  #cells;

  /**
   * @param {Leaflet} L
   * @param {Columns} columns
   */
  constructor(L, columns) {
    this.#L = L;
    this.#columns = columns;
    this.places = unpackPlaces(columns);
    this.#world = this.places.map((place) => worldPoint(L, place));
    this.rows = new Map(columns.id.map((id, at) => [id, at]));
  }

  /** The layer that paints them all. */
  layer() {
    const all = this.places.map((_, at) => at);
    return canvasLayer(this.#L, "dots", (context, view) => {
      this.#paint(context, view, all, (at) => this.#colour(at));
    });
  }

  /**
   * A layer of some of them, ringed.
   *
   * @param {number[]} rows
   * @param {string} colour
   */
  marked(rows, colour) {
    return canvasLayer(this.#L, "dots", (context, view) => {
      this.#paint(context, view, rows, () => colour, 4);
    });
  }

  /**
   * The building within reach of a place, if there is one.
   *
   * @param {LatLng} place
   * @param {number} reach Degrees.
   * @returns {number} Its row, or -1.
   */
  nearest([lat, lon], reach) {
    this.#cells ??= sortIntoCells(this.places);
    if (reach > CELL_DEGREES) return -1;
    const shrink = Math.cos((lat * Math.PI) / 180);
    let best = -1;
    let bestDistance = reach;
    for (const at of around(this.#cells, lat, lon)) {
      const [y, x] = this.places[at] ?? [0, 0];
      const distance = Math.hypot((x - lon) * shrink, y - lat);
      if (distance < bestDistance) [best, bestDistance] = [at, distance];
    }
    return best;
  }

  /** @param {number} at */
  #colour(at) {
    if ((this.#columns.grid[at] ?? -1) < 0) return NO_GRID;
    return (this.#columns.households[at] ?? 0) > 0 ? HOME : NOBODY;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("./canvas.js").View} view
   * @param {number[]} rows
   * @param {(at: number) => string} colour
   * @param {number} [smallest] Radius in pixels.
   */
  #paint(context, view, rows, colour, smallest = 0) {
    const zoomed = 2 ** ((view.zoom - 17) / 1.5);
    const ringed = view.zoom >= 16 || smallest > 0;
    context.strokeStyle = "#ffffff";
    context.globalAlpha = ringed ? 1 : 0.6;
    for (const at of rows) {
      const [wx, wy] = this.#world[at] ?? [0, 0];
      const [x, y] = view.place(wx, wy);
      if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
      const size = 1.6 + Math.sqrt(this.#columns.households[at] ?? 0) * 0.45;
      const radius = Math.max(smallest, 0.8, Math.min(LARGEST, size) * zoomed);
      context.fillStyle = colour(at);
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
      if (ringed) context.stroke();
    }
  }
}

/**
 * @param {Columns} columns
 * @returns {LatLng[]}
 */
function unpackPlaces(columns) {
  let lon = 0;
  let lat = 0;
  return columns.lon.map((step, at) => {
    lon += step;
    lat += columns.lat[at] ?? 0;
    return [lat / STEPS_PER_DEGREE, lon / STEPS_PER_DEGREE];
  });
}

/** @param {LatLng[]} places */
function sortIntoCells(places) {
  /** @type {Map<string, number[]>} */
  const cells = new Map();
  for (const [at, [lat, lon]] of places.entries()) {
    const key = `${Math.floor(lat / CELL_DEGREES)} ${Math.floor(lon / CELL_DEGREES)}`;
    const cell = cells.get(key);
    if (cell) cell.push(at);
    else cells.set(key, [at]);
  }
  return cells;
}

/**
 * @param {Map<string, number[]>} cells
 * @param {number} lat
 * @param {number} lon
 */
function around(cells, lat, lon) {
  const [row, column] = [Math.floor(lat / CELL_DEGREES), Math.floor(lon / CELL_DEGREES)];
  const steps = [-1, 0, 1];
  return steps.flatMap((down) =>
    steps.flatMap((right) => cells.get(`${row + down} ${column + right}`) ?? []),
  );
}
