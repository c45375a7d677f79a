// @ts-check
/** What is known of one grid or building: for the tooltip and for the card of the chosen grid. */

import { SIZES } from "./grids.js";
import { element } from "./page.js";

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./page.js").Grid} Grid */
/** @typedef {import("./speech.js").Speech} Speech */

const M2_PER_HECTARE = 10_000;
const SHORT = "short"; // two to a line
const LONG = "long";

/**
 * A grid in words.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {Grid} grid
 */
export function gridDetails(page, speech, grid) {
  const area = Math.round((grid.area / M2_PER_HECTARE) * 10) / 10;
  const rows = [
    ["field_community", page.communities[grid.community]?.name ?? ""],
    ["field_households", speech.number(grid.households), SHORT],
    ["field_persons", speech.number(grid.persons), SHORT],
    ["field_loads", loadWords(speech, grid)],
    ["field_buildings", speech.number(grid.buildings), SHORT],
    ["field_area", speech.text("hectares", { area }), SHORT],
    [grid.size === "dedicated" ? "field_owner" : "field_worker", workerName(speech, grid)],
    ["field_status", statusWords(speech, grid)],
    ["field_reason", speech.pick(grid.reason)],
    ["field_bounds", speech.pick(grid.bounds)],
    ["field_why", speech.pick(grid.why)],
  ];
  const list = element("dl");
  for (const [key = "", value = "", length = LONG] of rows) {
    if (!value) continue;
    list.append(element("dt", {}, speech.text(key)), element("dd", { class: length }, value));
  }
  const name = grid.name && grid.name !== grid.code ? [element("p", {}, grid.name)] : [];
  return element("div", {}, element("h3", {}, grid.code), ...name, list);
}

/**
 * A building in words.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {number} row
 */
export function buildingDetails(page, speech, row) {
  const { id, households, persons, grid } = page.buildings;
  const fields = { households: households[row] ?? 0, persons: persons[row] ?? 0 };
  const words = [
    element("b", {}, `${speech.text("field_building")} ${id[row] ?? ""}`),
    element("span", {}, speech.text("building_holds", fields)),
  ];
  if ((grid[row] ?? -1) < 0) words.push(element("em", {}, speech.text("no_grid")));
  return element("p", { class: "building" }, ...words);
}

/**
 * Who answers for a grid.
 *
 * @param {Speech} speech
 * @param {Grid} grid
 */
export function workerName(speech, grid) {
  return grid.worker || speech.text("vacant");
}

/**
 * The further loads of a grid, nothing where the rule has none.
 *
 * @param {Speech} speech
 * @param {Grid} grid
 */
function loadWords(speech, grid) {
  return grid.loads.map(([name, load]) => `${name} ${speech.number(load)}`).join(" · ");
}

/**
 * The sign and the words of a grid's size.
 *
 * @param {Speech} speech
 * @param {Grid} grid
 */
export function statusWords(speech, grid) {
  return `${SIZES[grid.size].sign} ${speech.text(`status_${grid.size}`)}`.trim();
}
