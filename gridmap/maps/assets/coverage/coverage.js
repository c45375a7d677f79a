// @ts-check
/** Where the page starts: everything is drawn, and what a reader does is answered. */

import { BuildingDots } from "./buildings.js";
import { buildingDetails, gridDetails } from "./details.js";
import { drawFaults, faultCorners } from "./faults.js";
import { drawBackdrop, drawGrids, drawOutlines, lineWeight } from "./grids.js";
import { labelLayer } from "./labels.js";
import { emptyHomes, faultLists, outOfBand, search, vacancies } from "./lists.js";
import { element, readPage } from "./page.js";
import { heading, headline, layerList, legend, sheet, tiles } from "./panel.js";
import { answerPrinter } from "./paper.js";
import { Speech } from "./speech.js";

/** @typedef {typeof import("leaflet")} Leaflet */
/** @typedef {import("leaflet").Map} LeafletMap */
/** @typedef {import("leaflet").FeatureGroup} Group */
/** @typedef {import("./page.js").Page} Page */

const REACH_PX = 9;
const DEGREES_ROUND = 360;
const TILE_PX = 256;
const CLOSE_ZOOM = 17;
const FAR_PX = 9;
const FAR_WEIGHT = 0.3;

/** @param {import("leaflet").Point} size */
function sides({ x, y }) {
  return [x, y];
}

class CoverageView {
  #L;
  #map;
  #groups;
  #page;
  #speech;
  #dots;
  #shapes;
  #card = element("aside", { class: "card", hidden: "", "aria-live": "polite" });
  #legend;
  #tip;
  #chosen = -1;
  #isFar = false;
  /** @type {import("leaflet").Polygon | undefined} */
  #ring;

  /**
   * @param {Leaflet} L
   * @param {LeafletMap} map
   * @param {Record<string, Group>} groups
   */
  constructor(L, map, groups) {
    this.#L = L;
    this.#map = map;
    this.#groups = groups;
    this.#page = readPage();
    this.#speech = new Speech(this.#page);
    this.#legend = legend(this.#page, this.#speech);
    this.#tip = L.tooltip({
      opacity: 1,
      className: "coverage-tip",
      direction: "auto",
      offset: [14, 0],
    });
    this.#addPanes();
    this.#dots = new BuildingDots(L, this.#page.buildings);
    this.#shapes = drawGrids(L, this.#group("grids"), this.#page);
    this.#drawLayers();
    this.#addControls();
    this.#addPanel();
    this.#answerPointer();
    this.#speech.onSwitch(() => this.#onSwitch());
    this.#onSwitch();
    this.#map.on("zoomend", () => this.#weighLines());
    this.#weighLines();
    answerPrinter(L, map, () => {
      this.#tip.close();
      this.showWhole();
    });
  }

  /** Show everything that was drawn. */
  showWhole() {
    this.#fit(this.#group("grids").getBounds());
  }

  /**
   * Show some ground beside the controls, not under them.
   *
   * @param {import("leaflet").LatLngBounds} bounds
   */
  #fit(bounds) {
    if (!bounds.isValid()) return;
    const strip = this.#legend.offsetHeight;
    this.#map.fitBounds(bounds, {
      paddingTopLeft: [this.#map.getSize().x > 500 ? 56 : 14, 16],
      paddingBottomRight: [14, strip < this.#map.getSize().y / 3 ? strip + 24 : 24],
      animate: false,
    });
  }

  /** From far away borders are hairlines, or they would hide the colours they part. */
  #weighLines() {
    const rooms = this.#page.grids.map(({ room }) => room).sort((one, other) => one - other);
    const metres = rooms[Math.floor(rooms.length / 2)] ?? 0;
    const [a, b] = [this.#map.getCenter(), this.#map.containerPointToLatLng([0, 0])];
    const pixels = (metres * Math.hypot(...sides(this.#map.getSize()))) / (a.distanceTo(b) * 2);
    const isFar = pixels < FAR_PX;
    if (isFar === this.#isFar) return;
    this.#isFar = isFar;
    for (const [at, shape] of this.#shapes.entries()) {
      const { size = "in" } = this.#page.grids[at] ?? {};
      shape.setStyle({ weight: lineWeight(size) * (isFar ? FAR_WEIGHT : 1) });
    }
  }

  /** @param {string} name */
  #group(name) {
    const group = this.#groups[name];
    if (!group) throw new RangeError(`No layer ${name}`);
    return group;
  }

  /** Backdrop under the grids; dots and labels above them, and out of the pointer's way. */
  #addPanes() {
    const heights = { backdrop: "350", dots: "450", labels: "460", faults: "470" };
    for (const [name, height] of Object.entries(heights)) {
      const pane = this.#map.createPane(name);
      pane.style.zIndex = height;
      pane.style.pointerEvents = "none";
    }
  }

  #drawLayers() {
    const [L, page] = [this.#L, this.#page];
    drawBackdrop(L, this.#group("backdrop"), page);
    drawOutlines(L, this.#group("outlines"), page);
    const above = L.svg({ pane: "faults", padding: 0.3 });
    for (const layer of page.faultLayers) {
      drawFaults(L, this.#group(layer.key), layer, this.#speech, above);
    }
    const rows = page.tally.withoutHouseholds.map((id) => this.#dots.rows.get(id));
    const known = rows.filter((row) => row !== undefined);
    this.#dots.marked(known, "#98a1ab").addTo(this.#group("without_households"));
    this.#dots.layer().addTo(this.#group("buildings"));
    labelLayer(L, page, this.#speech).addTo(this.#group("labels"));
    this.#group("grids").on("add", () => this.#group("grids").bringToBack());
  }

  #addControls() {
    const [L, map, speech] = [this.#L, this.#map, this.#speech];
    L.control.zoom({ position: "topleft" }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(map);
    const container = map.getContainer();
    for (const side of ["in", "out"]) {
      const button = container.querySelector(`.leaflet-control-zoom-${side}`);
      if (button) speech.label(button, ["title", "aria-label"], () => speech.text(`zoom_${side}`));
    }
    const whole = element("button", { type: "button", class: "whole" }, "⤢");
    speech.label(whole, ["title", "aria-label"], () => speech.text("whole_map"));
    whole.addEventListener("click", () => this.showWhole());
    const north = element("div", { class: "north", role: "img" });
    speech.label(north, ["title", "aria-label"], () => speech.text("north_hint"));
    north.append(element("i", { "aria-hidden": "true" }, "▲"));
    north.append(speech.say(element("b", { "aria-hidden": "true" }), () => speech.text("north")));
    for (const [position, node] of /** @type {const} */ ([
      ["topleft", whole],
      ["bottomright", north],
    ])) {
      const control = new L.Control({ position });
      control.onAdd = () => element("div", { class: "leaflet-bar" }, node);
      control.addTo(map);
    }
    for (const node of [this.#legend, this.#card]) {
      L.DomEvent.disableClickPropagation(node).disableScrollPropagation(node);
      container.append(node);
    }
    speech.label(container, ["aria-label"], () => speech.text("map"));
    container.setAttribute("role", "region");
  }

  #addPanel() {
    const [page, speech] = [this.#page, this.#speech];
    const jumps = {
      toGrid: (/** @type {number} */ at) => this.choose(at),
      toBuilding: (/** @type {number} */ row) => this.#toBuilding(row),
      toFault: (/** @type {string} */ key, /** @type {import("./shapes.js").LatLng[]} */ corners) =>
        this.#toCorners(key, corners),
      buildingRows: this.#dots.rows,
    };
    const layers = {
      isShown: (/** @type {string} */ key) => this.#map.hasLayer(this.#group(key)),
      show: (/** @type {string} */ key, /** @type {boolean} */ on) => this.#show(key, on),
    };
    const panel = element(
      "main",
      { class: "panel" },
      heading(page, speech),
      headline(page, speech, () => this.#showMissing()),
      tiles(page, speech),
      search(page, speech, jumps),
      layerList(page, speech, layers),
      outOfBand(page, speech, jumps),
      vacancies(page, speech, jumps),
      sheet(page, speech),
      emptyHomes(page, speech, jumps),
      faultLists(page, speech, jumps),
    );
    document.body.prepend(panel);
    this.#map.invalidateSize();
    this.showWhole();
  }

  /**
   * @param {string} key
   * @param {boolean} on
   */
  #show(key, on) {
    const group = this.#group(key);
    if (on) this.#map.addLayer(group);
    else this.#map.removeLayer(group);
    const box = document.querySelector(`input[value="${key}"]`);
    if (box instanceof HTMLInputElement) box.checked = on;
  }

  #showMissing() {
    const layers = this.#page.faultLayers.filter((layer) => layer.missing);
    const filled = layers.filter((layer) => layer.faults.length > 0);
    const bounds = this.#group("grids").getBounds();
    const near = bounds.isValid() ? bounds.pad(1) : bounds;
    for (const { key, faults } of filled) {
      this.#show(key, true);
      const list = document.querySelector(`details[data-list="layer_${key}"]`);
      const hasPlaceless = faults.some((fault) => faultCorners(fault).length === 0);
      if (list instanceof HTMLDetailsElement && hasPlaceless) list.open = true;
      for (const corner of faults.flatMap(faultCorners)) {
        if (near.isValid() && near.contains(corner)) bounds.extend(corner);
      }
    }
    const box = filled[0] && document.querySelector(`input[value="${filled[0].key}"]`);
    if (box instanceof HTMLElement) box.focus();
    this.#fit(bounds);
  }

  /**
   * Mark a grid, go to it, and say what is known of it.
   *
   * @param {number} at
   * @param {boolean} [move]
   */
  choose(at, move = true) {
    this.#chosen = at;
    this.#ring?.remove();
    const shape = this.#shapes[at];
    if (!shape) return;
    const bounds = shape.getBounds();
    const style = { color: "#111111", weight: 4, fill: false, interactive: false };
    this.#ring = this.#L.polygon(/** @type {any} */ (shape.getLatLngs()), style).addTo(this.#map);
    this.#fillCard();
    if (move) this.#approach(bounds, CLOSE_ZOOM);
    else this.#map.panInside(bounds.getCenter(), { paddingBottomRight: this.#coveredByCard() });
  }

  #fillCard() {
    const grid = this.#page.grids[this.#chosen];
    this.#card.hidden = !grid;
    if (!grid) return;
    const close = element("button", { type: "button", class: "close" }, "×");
    const words = this.#speech.text("close");
    close.setAttribute("aria-label", words);
    close.title = words;
    close.addEventListener("click", () => {
      this.#chosen = -1;
      this.#card.hidden = true;
      this.#ring?.remove();
    });
    this.#card.replaceChildren(close, gridDetails(this.#page, this.#speech, grid));
  }

  /**
   * How much of the map the card hides: its right on a desk, its bottom on a phone.
   *
   * @returns {[number, number]}
   */
  #coveredByCard() {
    const isSheet = this.#card.offsetWidth > this.#map.getSize().x / 2;
    return isSheet ? [40, this.#card.offsetHeight + 50] : [this.#card.offsetWidth + 50, 40];
  }

  /** @param {number} row */
  #toBuilding(row) {
    const place = this.#dots.places[row];
    if (place) this.#toCorners("without_households", [place]);
  }

  /**
   * @param {string} key
   * @param {import("./shapes.js").LatLng[]} corners
   */
  #toCorners(key, corners) {
    this.#show(key, true);
    this.#approach(this.#L.latLngBounds(corners), CLOSE_ZOOM + 1);
  }

  /**
   * Go close to some ground; at once for readers whom moving pictures make ill.
   *
   * @param {import("leaflet").LatLngBounds} bounds
   * @param {number} maxZoom
   */
  #approach(bounds, maxZoom) {
    const animate = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const [right, bottom] = this.#card.hidden ? [60, 60] : this.#coveredByCard();
    this.#map.fitBounds(bounds, {
      maxZoom,
      paddingTopLeft: [60, 30],
      paddingBottomRight: [right, bottom],
      animate,
    });
  }

  /** The tooltip follows the pointer: the building under it first, then its grid. */
  #answerPointer() {
    const rows = new Map(this.#shapes.map((shape, at) => [shape, at]));
    const group = this.#group("grids");
    const canHover = window.matchMedia("(hover: hover)").matches;
    let shown = "";
    group.on("mousemove", (event) => {
      if (!canHover) return;
      const at = rows.get(event.propagatedFrom) ?? -1;
      const building = this.#buildingAt(event.latlng);
      this.#tip.setLatLng(event.latlng);
      const key = `${at} ${building} ${this.#speech.language}`;
      if (key !== shown) this.#tip.setContent(this.#tipWords(at, building));
      shown = key;
      if (!this.#map.hasLayer(this.#tip)) this.#tip.openOn(this.#map);
    });
    group.on("mouseout", () => this.#tip.close());
    group.on("click", (event) => this.choose(rows.get(event.propagatedFrom) ?? -1, false));
  }

  /** @param {import("leaflet").LatLng} place */
  #buildingAt(place) {
    if (!this.#map.hasLayer(this.#group("buildings"))) return -1;
    const reach = (REACH_PX * DEGREES_ROUND) / (TILE_PX * 2 ** this.#map.getZoom());
    return this.#dots.nearest([place.lat, place.lng], reach);
  }

  /**
   * @param {number} at
   * @param {number} building
   */
  #tipWords(at, building) {
    const grid = this.#page.grids[at];
    const words = element("div");
    if (building >= 0) words.append(buildingDetails(this.#page, this.#speech, building));
    if (grid) words.append(gridDetails(this.#page, this.#speech, grid));
    return words;
  }

  #onSwitch() {
    document.title = this.#speech.pick(this.#page.titles);
    this.#tip.close();
    this.#fillCard();
    const labels = this.#group("labels");
    if (this.#map.hasLayer(labels)) this.#map.removeLayer(labels).addLayer(labels);
  }
}

/**
 * Draw the page.
 *
 * @param {Leaflet} L
 * @param {LeafletMap} map
 * @param {Record<string, Group>} groups
 */
export function startCoverage(L, map, groups) {
  return new CoverageView(L, map, groups);
}
