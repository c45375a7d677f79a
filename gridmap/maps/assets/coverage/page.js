// @ts-check
/**
 * What gridmap wrote into the page, and the one way to make an element.
 *
 * Texts from data only ever become text nodes or attributes: nothing here writes HTML.
 *
 * @typedef {"below" | "in" | "above" | "persons" | "load" | "dedicated" | "empty"} Size
 * @typedef {number[]} PackedLine Steps: [lon, lat, dlon, dlat, …] in millionths of a degree.
 * @typedef {PackedLine[][]} PackedArea Polygons of rings.
 * @typedef {string[]} Spoken One text a language.
 *
 * @typedef {object} Grid
 * @property {string} code
 * @property {string} short
 * @property {string} name
 * @property {number} community
 * @property {Size} size
 * @property {number} households
 * @property {number} persons
 * @property {[string, number][]} loads Further loads of the rule, by name.
 * @property {number} buildings
 * @property {number} area Square metres.
 * @property {string} worker
 * @property {Spoken} reason
 * @property {Spoken} bounds
 * @property {Spoken} why
 * @property {PackedArea} shape
 * @property {[number, number]} label
 * @property {number} room Radius of the free circle around the label, in metres.
 *
 * @typedef {object} Community
 * @property {string} code
 * @property {string} name
 * @property {PackedArea} shape
 * @property {[number, number]} top Where its outline is crossed due north of its middle.
 * @property {number} room Radius of the largest circle inside it, in metres.
 *
 * @typedef {object} Buildings One column a field; lon and lat are steps from row to row.
 * @property {number[]} lon
 * @property {number[]} lat
 * @property {number[]} grid Place in the list of grids, -1 for none.
 * @property {number[]} households
 * @property {number[]} persons
 * @property {string[]} id
 *
 * @typedef {object} Fault
 * @property {string} layer
 * @property {number | null} row
 * @property {Spoken} says
 * @property {{points?: PackedLine[], lines?: PackedLine[], areas?: PackedLine[][]}} shape
 *
 * @typedef {{key: string, missing: boolean, faults: Fault[]}} FaultLayer
 * @typedef {{class: string, name: string, line: PackedLine}} BackdropLine
 * @typedef {{households: number, persons: number}} Sum
 *
 * @typedef {object} Tally
 * @property {string} source
 * @property {number} estimated
 * @property {(Sum & {bin: string})[]} bins
 * @property {Sum} ledger
 * @property {Sum} grids
 * @property {number} missing
 * @property {boolean} balanced
 * @property {{key: string, left: number, right: number}[]} checks
 * @property {string[]} withoutHouseholds
 *
 * @typedef {object} Page
 * @property {string[]} languages
 * @property {string} language
 * @property {Record<string, Spoken>} texts
 * @property {Spoken} titles
 * @property {string} madeAt
 * @property {{profile: string, low: number, high: number, target: number, cap: number}} rules
 * @property {Tally} tally
 * @property {Community[]} communities
 * @property {Grid[]} grids
 * @property {Buildings} buildings
 * @property {FaultLayer[]} faultLayers
 * @property {BackdropLine[]} backdrop
 */

/**
 * Read what gridmap wrote into the page.
 *
 * @returns {Page}
 */
export function readPage() {
  return JSON.parse(document.getElementById("coverage-data")?.textContent ?? "{}");
}

/**
 * Make an element.
 *
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
