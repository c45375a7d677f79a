// @ts-check
/** Lists to jump from: a search, grids out of the band, vacant posts, homes and faults. */

import { statusWords, workerName } from "./details.js";
import { faultCorners } from "./faults.js";
import { OUT_OF_BAND } from "./grids.js";
import { element } from "./page.js";

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./page.js").Grid} Grid */
/** @typedef {import("./speech.js").Speech} Speech */

/**
 * @typedef {object} Jumps What happens when an entry is chosen.
 * @property {(grid: number) => void} toGrid
 * @property {(building: number) => void} toBuilding
 * @property {(layer: string, corners: import("./shapes.js").LatLng[]) => void} toFault
 * @property {ReadonlyMap<string, number>} buildingRows
 */

/** @typedef {() => HTMLElement} Entry */

const FOUND_AT_ONCE = 30;
const LISTED_AT_ONCE = 100;

/**
 * A field that finds grids by code, name or worker.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {Jumps} jumps
 */
export function search(page, speech, jumps) {
  const field = /** @type {HTMLInputElement} */ (
    element("input", { type: "search", id: "coverage-search", autocomplete: "off" })
  );
  speech.label(field, ["placeholder"], () => speech.text("search_hint"));
  const title = element("label", { for: "coverage-search" });
  speech.say(title, () => speech.text("search"));
  const count = element("p", { role: "status" });
  const results = element("ul", { class: "jumps" });
  const haystack = page.grids.map((grid) =>
    `${grid.code} ${grid.name} ${grid.worker}`.toLowerCase(),
  );
  const find = () => {
    const wanted = field.value.trim().toLowerCase();
    const found = wanted
      ? [...page.grids.keys()].filter((at) => haystack[at]?.includes(wanted))
      : [];
    const shown = found.slice(0, FOUND_AT_ONCE);
    results.replaceChildren(...shown.map((at) => gridEntry(page, speech, jumps, at)));
    const key = found.length > shown.length ? "search_first" : "search_found";
    const fields = { count: found.length, shown: shown.length };
    count.textContent = wanted ? speech.text(key, fields) : "";
    return found;
  };
  field.addEventListener("input", find);
  field.addEventListener("keydown", (event) => {
    const [first] = event.key === "Enter" ? find() : [];
    if (first !== undefined) jumps.toGrid(first);
  });
  speech.onSwitch(find);
  return element("section", { class: "search" }, title, field, count, results);
}

/**
 * General grids that break the rule, the worst first.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {Jumps} jumps
 */
export function outOfBand(page, speech, jumps) {
  const { low, high } = page.rules;
  const excess = (/** @type {Grid} */ { households }) =>
    Math.max(low - households, households - high);
  const rows = gridsWhere(page, ({ size }) => OUT_OF_BAND.has(size)).sort(
    (one, other) => excess(gridAt(page, other)) - excess(gridAt(page, one)),
  );
  const entries = rows.map((at) => () => {
    const { reason } = gridAt(page, at);
    const words = reason.length > 0 ? speech.pick(reason) : speech.text("reason_missing");
    return gridEntry(page, speech, jumps, at, words);
  });
  return jumpList(speech, "out_of_band", entries, rows.length > 0 && rows.length <= 12);
}

/**
 * Grids nobody answers for.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {Jumps} jumps
 */
export function vacancies(page, speech, jumps) {
  const rows = gridsWhere(page, ({ worker }) => !worker);
  const entries = rows.map((at) => () => gridEntry(page, speech, jumps, at));
  return jumpList(speech, "vacant_grids", entries, false, "vacant_none");
}

/**
 * Residential buildings in which nobody is registered.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {Jumps} jumps
 */
export function emptyHomes(page, speech, jumps) {
  const entries = page.tally.withoutHouseholds.map((id) => () => {
    const row = jumps.buildingRows.get(id);
    if (row === undefined) return plainEntry(id, speech.text("not_on_map"));
    return jumpEntry(() => jumps.toBuilding(row), id);
  });
  return jumpList(speech, "without_households", entries, false);
}

/**
 * Every missing household and fault by its sentence; those without a place are marked so.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {Jumps} jumps
 */
export function faultLists(page, speech, jumps) {
  const section = element("section", { class: "faults" });
  section.append(speech.say(element("h2"), () => speech.text("fault_lists")));
  for (const { key, faults } of page.faultLayers) {
    if (faults.length === 0) continue;
    const entries = faults.map((fault) => () => {
      const corners = faultCorners(fault);
      const words = speech.pick(fault.says);
      if (corners.length === 0) return plainEntry(words, speech.text("not_on_map"));
      return jumpEntry(() => jumps.toFault(key, corners), words);
    });
    section.append(jumpList(speech, `layer_${key}`, entries, false));
  }
  if (section.childElementCount === 1) {
    section.append(speech.say(element("p"), () => speech.text("fault_lists_none")));
  }
  return section;
}

/**
 * A list that is made when it is opened, its first entries at once and the rest on demand.
 *
 * @param {Speech} speech
 * @param {string} key
 * @param {Entry[]} entries
 * @param {boolean} open
 * @param {string} [none]
 */
function jumpList(speech, key, entries, open, none = `${key}_none`) {
  const title = speech.say(element("summary"), () =>
    speech.text("layer_count", { name: speech.text(key), count: entries.length }),
  );
  const list = element("ul", { class: "jumps" });
  const details = /** @type {HTMLDetailsElement} */ (
    element("details", { "data-list": key }, title, list)
  );
  let shown = LISTED_AT_ONCE;
  const fill = () => {
    if (!details.open) return;
    list.replaceChildren(...entries.slice(0, shown).map((make) => make()));
    if (entries.length === 0) list.append(element("li", {}, speech.text(none)));
    if (entries.length > shown) list.append(allEntry(speech, entries.length, showAll));
  };
  const showAll = () => {
    shown = entries.length;
    fill();
  };
  details.addEventListener("toggle", fill);
  speech.onSwitch(fill);
  details.open = open;
  fill();
  return details;
}

/**
 * @param {Speech} speech
 * @param {number} count
 * @param {() => void} showAll
 */
function allEntry(speech, count, showAll) {
  return jumpEntry(showAll, speech.text("show_all", { count }));
}

/**
 * @param {Page} page
 * @param {Speech} speech
 * @param {Jumps} jumps
 * @param {number} at
 * @param {string} [note]
 */
function gridEntry(page, speech, jumps, at, note = "") {
  const grid = gridAt(page, at);
  const figures = [
    speech.text("grid_holds", { households: grid.households }),
    statusWords(speech, grid),
    workerName(speech, grid),
  ].join(" · ");
  const entry = jumpEntry(() => jumps.toGrid(at), grid.code, figures, note);
  entry.dataset["grid"] = grid.code;
  return entry;
}

/**
 * @param {() => void} jump
 * @param {string} first
 * @param {string[]} more
 */
function jumpEntry(jump, first, ...more) {
  const lines = more.filter(Boolean).map((line) => element("small", {}, line));
  const button = element("button", { type: "button" }, element("span", {}, first), ...lines);
  button.addEventListener("click", jump);
  return element("li", {}, button);
}

/**
 * @param {string} first
 * @param {string} note
 */
function plainEntry(first, note) {
  return element("li", {}, element("span", {}, first), element("small", {}, note));
}

/**
 * @param {Page} page
 * @param {(grid: Grid) => boolean} wanted
 */
function gridsWhere(page, wanted) {
  return [...page.grids.entries()].filter(([, grid]) => wanted(grid)).map(([at]) => at);
}

/**
 * @param {Page} page
 * @param {number} at
 */
function gridAt(page, at) {
  const grid = page.grids[at];
  if (!grid) throw new RangeError(`No grid ${at}`);
  return grid;
}
