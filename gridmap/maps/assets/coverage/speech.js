// @ts-check
/** What the page says, in the language its reader chose. */

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./page.js").Spoken} Spoken */
/** @typedef {Record<string, string | number>} Fields */

export class Speech {
  #texts;
  #languages;
  /** @type {{node: Element, write: () => void}[]} */
  #said = [];
  /** @type {(() => void)[]} */
  #listeners = [];

  /** @param {Page} page */
  constructor(page) {
    this.#texts = page.texts;
    this.#languages = page.languages;
    this.language = page.language;
    document.documentElement.lang = this.language;
  }

  /**
   * A text of the catalogue with its fields filled in.
   *
   * @param {string} key
   * @param {Fields} [fields]
   */
  text(key, fields = {}) {
    const spoken = this.#texts[key];
    if (!spoken) throw new RangeError(`No text ${key}`);
    return this.pick(spoken).replace(/\{(\w+)\}/g, (whole, name) => {
      const value = fields[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? this.number(value) : value;
    });
  }

  /**
   * The side of a text that is in the chosen language.
   *
   * @param {Spoken} spoken
   */
  pick(spoken) {
    return spoken[this.#languages.indexOf(this.language)] ?? "";
  }

  /** @param {number} value */
  number(value) {
    return value.toLocaleString(this.language);
  }

  /**
   * Write a text into a node, and again whenever the language changes.
   *
   * @template {Element} T
   * @param {T} node
   * @param {() => string} make
   * @returns {T}
   */
  say(node, make) {
    return this.#keep(node, () => {
      node.textContent = make();
    });
  }

  /**
   * Write a text into attributes, and again whenever the language changes.
   *
   * @template {Element} T
   * @param {T} node
   * @param {string[]} attributes
   * @param {() => string} make
   * @returns {T}
   */
  label(node, attributes, make) {
    return this.#keep(node, () => {
      for (const attribute of attributes) node.setAttribute(attribute, make());
    });
  }

  /** @param {() => void} listener Called after the language has changed. */
  onSwitch(listener) {
    this.#listeners.push(listener);
  }

  /** Say everything in the next language. */
  switchLanguage() {
    const next = (this.#languages.indexOf(this.language) + 1) % this.#languages.length;
    this.language = this.#languages[next] ?? this.language;
    document.documentElement.lang = this.language;
    this.#said = this.#said.filter(({ node }) => node.isConnected);
    for (const { write } of this.#said) write();
    for (const listener of this.#listeners) listener();
  }

  /**
   * @template {Element} T
   * @param {T} node
   * @param {() => void} write
   * @returns {T}
   */
  #keep(node, write) {
    write();
    this.#said.push({ node, write });
    return node;
  }
}
