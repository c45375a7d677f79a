// @ts-check
/** The page on paper: the map as large as a sheet, showing everything, and no list folded. */

import { element } from "./page.js";

/** @typedef {typeof import("leaflet")} Leaflet */
/** @typedef {import("leaflet").Map} LeafletMap */

/**
 * Prepare for the printer, and undo it afterwards.
 *
 * @param {Leaflet} L
 * @param {LeafletMap} map
 * @param {() => void} showWhole
 */
export function answerPrinter(L, map, showWhole) {
  /** @type {() => void} */
  let undo = () => {};
  window.addEventListener("beforeprint", () => {
    undo(); // some browsers announce one printing twice
    const [center, zoom] = [map.getCenter(), map.getZoom()];
    const fold = unfoldLists();
    document.documentElement.classList.add("printing");
    map.invalidateSize({ animate: false });
    showWhole();
    const copies = paintForPaper(L, map);
    undo = () => {
      undo = () => {};
      document.documentElement.classList.remove("printing");
      for (const copy of copies) copy.remove();
      fold();
      map.invalidateSize({ animate: false });
      map.setView(center, zoom, { animate: false });
    };
  });
  window.addEventListener("afterprint", () => undo());
}

/** Open every list, and say how to fold those again that were. */
function unfoldLists() {
  const folded = [...document.querySelectorAll("details")].filter((list) => !list.open);
  for (const list of folded) {
    list.open = true;
    list.dispatchEvent(new Event("toggle")); // the browser's own comes after the printing
  }
  return () => {
    for (const list of folded) list.open = false;
  };
}

/**
 * Leaflet paints with the next frame, and no frame comes before the printing; and Chromium
 * prints a canvas that has been wiped as a white sheet. So the paper gets pictures of them.
 *
 * @param {Leaflet} L
 * @param {LeafletMap} map
 */
function paintForPaper(L, map) {
  map.eachLayer((layer) => {
    if (layer instanceof L.Canvas) /** @type {any} */ (layer)._redraw();
  });
  return [...map.getContainer().querySelectorAll("canvas")].map((canvas) => {
    const copy = element("img", { class: canvas.className, alt: "", src: canvas.toDataURL() });
    copy.style.cssText = canvas.style.cssText;
    canvas.after(copy);
    return copy;
  });
}
