// @ts-check
/** The panel beside the map: the headline, whether it balances, layers, legend and sheet. */

import { FAULT_COLOURS, faultCorners } from "./faults.js";
import { SIZES } from "./grids.js";
import { element } from "./page.js";

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./page.js").Size} Size */
/** @typedef {import("./speech.js").Speech} Speech */
/** @typedef {{isShown: (key: string) => boolean, show: (key: string, on: boolean) => void}} Switch */

const RARE = new Set(["persons", "load", "empty"]); // told only where there is one
const GENERAL = new Set(["below", "in", "above", "persons", "load"]);

/**
 * Title, date and rule, and the switch of language.
 *
 * @param {Page} page
 * @param {Speech} speech
 */
export function heading(page, speech) {
  const language = element("button", { type: "button", class: "language" });
  speech.say(language, () => speech.text("switch_language"));
  speech.label(language, ["title"], () => speech.text("switch_language_hint"));
  language.addEventListener("click", () => speech.switchLanguage());
  const print = element("button", { type: "button", class: "print" });
  speech.say(print, () => speech.text("print"));
  print.addEventListener("click", () => window.print());
  const title = speech.say(element("h1"), () => speech.pick(page.titles));
  const rule = speech.say(element("p"), () => speech.text("rule", page.rules));
  const date = speech.say(element("p"), () =>
    page.madeAt ? speech.text("made_at", { date: page.madeAt }) : "",
  );
  const buttons = element("div", { class: "buttons" }, language, print);
  return element("header", {}, buttons, title, rule, date);
}

/**
 * How many are in a grid, how many are not, and whether the sheet balances.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {() => void} showMissing
 */
export function headline(page, speech, showMissing) {
  const { ledger, bins, missing, balanced } = page.tally;
  const placed = bins.find(({ bin }) => bin === "placed")?.households ?? 0;
  const total = ledger.households;
  const big = speech.say(element("strong"), () => speech.number(placed));
  const rest = speech.say(element("span"), () => speech.text("headline_of", { total }));
  const section = element("section", { class: "headline" }, element("p", {}, big, " ", rest));
  section.append(missingLine(page, speech, showMissing));
  const verdict = balanced ? "balanced" : "unbalanced";
  const words = speech.say(element("b"), () => speech.text(verdict));
  const sign = element("span", { class: "sign", "aria-hidden": "true" }, balanced ? "✓" : "!");
  const box = element("div", { class: verdict, role: balanced ? "status" : "alert" }, sign, words);
  if (balanced) box.append(speech.say(element("p"), () => speech.text("balanced_detail")));
  for (const { key, left, right } of page.tally.checks) {
    const fields = { left, right, gap: Math.abs(left - right) };
    box.append(speech.say(element("p"), () => speech.text(`check_${key}`, fields)));
  }
  section.append(box);
  section.classList.toggle("incomplete", missing > 0);
  return section;
}

/**
 * @param {Page} page
 * @param {Speech} speech
 * @param {() => void} showMissing
 */
function missingLine(page, speech, showMissing) {
  const { missing, ledger } = page.tally;
  const empty = ledger.households === 0 ? "headline_none" : "headline_complete";
  if (missing === 0) {
    return speech.say(element("p", { class: "complete" }), () => speech.text(empty));
  }
  const words = speech.say(element("b"), () => speech.text("headline_missing", { missing }));
  const show = speech.say(element("button", { type: "button" }), () => speech.text("show_missing"));
  show.addEventListener("click", showMissing);
  return element("p", { class: "missing" }, words, " ", show);
}

/**
 * Four figures that a leader asks for.
 *
 * @param {Page} page
 * @param {Speech} speech
 */
export function tiles(page, speech) {
  const general = page.grids.filter(({ size }) => GENERAL.has(size));
  const inBand = general.filter(({ size }) => size === "in").length;
  const persons = page.tally.bins.find(({ bin }) => bin === "placed")?.persons ?? 0;
  const figures = {
    tile_grids: () => speech.number(page.grids.length),
    tile_in_band: () => `${speech.number(inBand)} / ${speech.number(general.length)}`,
    tile_vacant: () => speech.number(page.grids.filter(({ worker }) => !worker).length),
    tile_persons: () => speech.number(persons),
  };
  const list = element("dl", { class: "tiles" });
  for (const [key, make] of Object.entries(figures)) {
    const name = speech.say(element("dt"), () => speech.text(key));
    list.append(element("div", {}, name, speech.say(element("dd"), make)));
  }
  return list;
}

/**
 * A box to tick for every layer that holds something.
 *
 * @param {Page} page
 * @param {Speech} speech
 * @param {Switch} layers
 */
export function layerList(page, speech, layers) {
  const faults = page.faultLayers.filter((layer) => layer.faults.length > 0);
  const holds = (/** @type {string} */ key) => layerHolds(page, key);
  const plan = ["grids", "labels", "outlines", "buildings"];
  if (page.backdrop.length > 0) plan.push("backdrop");
  const missing = faults.filter((layer) => layer.missing).map(({ key }) => key);
  const others = faults.filter((layer) => !layer.missing).map(({ key }) => key);
  if (page.tally.withoutHouseholds.length > 0) others.unshift("without_households");
  const groups = { group_plan: plan, group_missing: missing, group_faults: others };
  const section = element("section", { class: "layers" });
  section.append(speech.say(element("h2"), () => speech.text("layers")));
  for (const [title, keys] of Object.entries(groups)) {
    if (keys.length === 0) continue;
    const set = element("fieldset");
    set.append(speech.say(element("legend"), () => speech.text(title)));
    set.append(...keys.map((key) => layerBox(key, holds(key), speech, layers)));
    section.append(set);
  }
  return section;
}

/**
 * How many things a layer holds, and how many of them have no place on the map.
 *
 * @param {Page} page
 * @param {string} key
 * @returns {{count: number | undefined, placeless: number}}
 */
function layerHolds(page, key) {
  const counts = new Map([
    ["grids", page.grids.length],
    ["buildings", page.buildings.id.length],
    ["without_households", page.tally.withoutHouseholds.length],
  ]);
  const faults = page.faultLayers.find((layer) => layer.key === key)?.faults;
  if (!faults) return { count: counts.get(key), placeless: 0 };
  const placeless = faults.filter((fault) => faultCorners(fault).length === 0).length;
  return { count: faults.length, placeless };
}

/**
 * @param {string} key
 * @param {{count: number | undefined, placeless: number}} holds
 * @param {Speech} speech
 * @param {Switch} layers
 */
function layerBox(key, { count, placeless }, speech, layers) {
  const box = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox", value: key }));
  box.checked = layers.isShown(key);
  box.addEventListener("change", () => layers.show(key, box.checked));
  const words = speech.say(element("span"), () => {
    const name = speech.text(`layer_${key}`);
    return count === undefined ? name : speech.text("layer_count", { name, count });
  });
  const text = element("span", {}, words);
  const label = element("label", {}, box, text);
  if (placeless > 0) {
    const note = element("small");
    text.append(speech.say(note, () => speech.text("layer_placeless", { count: placeless })));
  }
  const colour = FAULT_COLOURS[key] ?? (key === "without_households" ? "#98a1ab" : "");
  if (colour) {
    const dot = element("i", { class: "dot", "aria-hidden": "true" });
    dot.style.background = colour;
    box.after(dot);
  }
  return label;
}

/**
 * What the colours and signs mean.
 *
 * @param {Page} page
 * @param {Speech} speech
 */
export function legend(page, speech) {
  const list = element("ul");
  const wide = window.matchMedia("(min-width: 821px)").matches;
  for (const [size, { fill, line, dash, sign }] of Object.entries(SIZES)) {
    const count = page.grids.filter((grid) => grid.size === size).length;
    if (count === 0 && RARE.has(size)) continue;
    const swatch = element("i", { class: "swatch", "aria-hidden": "true" }, sign);
    swatch.style.background = fill;
    swatch.style.border = `2px ${dash ? "dashed" : "solid"} ${line}`;
    const words = speech.say(element("span"), () =>
      speech.text("layer_count", { name: speech.text(`size_${size}`, page.rules), count }),
    );
    list.append(element("li", {}, swatch, words));
  }
  const title = speech.say(element("summary"), () => speech.text("legend_size"));
  return element("details", { class: "legend", ...(wide ? { open: "" } : {}) }, title, list);
}

/**
 * The balance sheet: every bin, households and persons.
 *
 * @param {Page} page
 * @param {Speech} speech
 */
export function sheet(page, speech) {
  const { bins, ledger, grids, source, estimated } = page.tally;
  const table = element("table");
  const names = ["sheet_bin", "sheet_households", "sheet_persons"];
  const head = names.map((key) =>
    speech.say(element("th", { scope: "col" }), () => speech.text(key)),
  );
  table.append(element("thead", {}, element("tr", {}, ...head)));
  const body = bins.map(({ bin, ...sum }) => sheetRow(speech, `bin_${bin}`, sum));
  table.append(element("tbody", {}, ...body));
  const foot = [sheetRow(speech, "sheet_ledger", ledger), sheetRow(speech, "sheet_grids", grids)];
  table.append(element("tfoot", {}, ...foot));
  const section = element("section", { class: "sheet" });
  section.append(
    speech.say(element("h2"), () => speech.text("sheet")),
    table,
  );
  section.append(
    speech.say(element("p"), () =>
      [
        speech.text(`source_${source}`),
        estimated > 0 && source !== "estimated"
          ? speech.text("estimated", { count: estimated })
          : "",
      ].join(" "),
    ),
  );
  return section;
}

/**
 * @param {Speech} speech
 * @param {string} key
 * @param {import("./page.js").Sum} sum
 */
function sheetRow(speech, key, { households, persons }) {
  const name = speech.say(element("th", { scope: "row" }), () => speech.text(key));
  const cells = [households, persons].map((value) =>
    speech.say(element("td"), () => speech.number(value)),
  );
  return element("tr", { "data-row": key }, name, ...cells);
}
