// Lints the scripts of the maps, which are written as they are sent to the browser: no build step.
import js from "@eslint/js";
import globals from "globals";

const NETWORK = ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts"];

export default [
  { ignores: ["**/node_modules/**", "**/leaflet.js"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      complexity: ["error", 12], // every && and ?? counts here, which Python's eight does not
      eqeqeq: "error",
      "max-depth": ["error", 3],
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 50, skipComments: true }],
      "max-params": ["error", 6],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["web/**/*.js"], languageOptions: { globals: globals.node } },
  {
    files: ["gridmap/maps/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "no-restricted-globals": [
        "error",
        ...NETWORK.map((name) => ({ name, message: "A map opens with no network." })),
      ],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Text from a layer is text: use textContent." },
        { property: "outerHTML", message: "Text from a layer is text: use textContent." },
        { property: "sendBeacon", message: "A map opens with no network." },
      ],
    },
  },
];
