// @ts-check
/** A layer that paints what is in view, all at once: tens of thousands of dots stay light. */

/** @typedef {typeof import("leaflet")} Leaflet */
/** @typedef {import("./shapes.js").LatLng} LatLng */

/**
 * @typedef {object} View What a painter needs to know.
 * @property {number} width
 * @property {number} height
 * @property {number} zoom
 * @property {(x: number, y: number) => [number, number]} place World to canvas.
 * @property {(metres: number, lat: number) => number} pixels Length on the ground to the screen.
 */

/** @typedef {(context: CanvasRenderingContext2D, view: View) => void} Paint */

const MARGIN = 0.2;
const EQUATOR_M = 40_075_016.686;
const WORLD = 256;

/**
 * Where a place lies on the square world of zoom 0.
 *
 * @param {Leaflet} L
 * @param {LatLng} place
 * @returns {[number, number]}
 */
export function worldPoint(L, place) {
  const point = L.CRS.EPSG3857.latLngToPoint(L.latLng(place), 0);
  return [point.x, point.y];
}

/**
 * Make a layer that calls `paint` whenever the view has changed.
 *
 * @param {Leaflet} L
 * @param {string} pane
 * @param {Paint} paint
 */
export function canvasLayer(L, pane, paint) {
  class CanvasLayer extends L.Layer {
    #canvas = document.createElement("canvas");
    /** @type {import("leaflet").Map | undefined} */
    #shownOn;

    /** @param {import("leaflet").Map} map */
    onAdd(map) {
      this.#canvas.className = "coverage-canvas leaflet-zoom-hide";
      this.#canvas.setAttribute("aria-hidden", "true");
      map.getPane(pane)?.append(this.#canvas);
      map.on("moveend resize viewreset", this.draw, this);
      this.#shownOn = map;
      this.draw();
      return this;
    }

    /** @param {import("leaflet").Map} map */
    onRemove(map) {
      map.off("moveend resize viewreset", this.draw, this);
      this.#canvas.remove();
      return this;
    }

    draw() {
      const map = this.#shownOn;
      if (!map) return;
      const margin = map.getSize().multiplyBy(MARGIN).round();
      const size = map.getSize().add(margin.multiplyBy(2));
      const corner = map.containerPointToLayerPoint(margin.multiplyBy(-1));
      const ratio = window.devicePixelRatio || 1;
      L.DomUtil.setPosition(this.#canvas, corner);
      this.#canvas.width = size.x * ratio;
      this.#canvas.height = size.y * ratio;
      this.#canvas.style.width = `${size.x}px`;
      this.#canvas.style.height = `${size.y}px`;
      const context = this.#canvas.getContext("2d");
      if (!context) return;
      context.scale(ratio, ratio);
      const scale = 2 ** map.getZoom();
      const origin = map.getPixelOrigin().add(corner);
      paint(context, {
        width: size.x,
        height: size.y,
        zoom: map.getZoom(),
        place: (x, y) => [x * scale - origin.x, y * scale - origin.y],
        pixels: (metres, lat) =>
          (metres * WORLD * scale) / (EQUATOR_M * Math.cos((lat * Math.PI) / 180)),
      });
    }
  }
  return new CanvasLayer();
}
