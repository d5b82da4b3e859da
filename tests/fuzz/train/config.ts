// Configs in YAML.
import { join } from "node:path";
import { configToYaml, loadConfig } from "../../../train/config/load.ts";
import type { Draw } from "../draw.ts";
import type { Format } from "../format.ts";

const LINES = [
  ...[
    "loss: gml",
    "epochs: 3",
    "batch: 64",
    "seed: 1",
    "optimizer:\n  lr: 0.1",
    "data:\n  source: idx",
    "groups: [100, 20]",
  ],
  ...[
    "# a comment",
    "adjust: 1",
    "optimizer:\n  schedule: { kind: steps, steps: [2], factors: [0.1] }",
    "name: a",
  ],
];

const WORDS = [
  ...[
    "[",
    "]",
    "{",
    "}",
    "- ",
    "? ",
    ": ",
    "a: ",
    "&a ",
    "*a",
    "*a, ",
    "<<: *a\n",
    "|\n",
    ">\n",
    "!!binary ",
    "!!omap ",
    "\t",
    "  ",
  ],
  ...[
    "__proto__: ",
    "__proto__: {epochs: 1}\n",
    "constructor: ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "'",
    '"',
    "\\u0000",
    "\0",
    "#",
  ],
  ...[
    "1e999",
    ".nan",
    ".inf",
    "-1",
    "0x10",
    "2001-01-01",
    "~",
    "null",
    "yes",
    "!!js/function ",
    "a: &a [*a, *a]\n",
    "\n",
  ],
];

/** Laughs: lists of two of the list before. */
function laughs(draw: Draw): string {
  const [many, mode] = [draw.pick([3, 12, 40, 400]), draw.below(3)];
  const line = (i: number) =>
    mode === 0
      ? `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`
      : mode === 1
      ? `a${i}: &a${i} {<<: *a${i - 1}, k${i}: 1}`
      : `a${i}: &a${i} {? *a${i - 1} : 1}`;
  return ["a0: &a0 {x: 1}", ...Array.from({ length: many }, (_, i) => line(i + 1))].join("\n") + "\n";
}

/** Configs of `finetune`. */
export function config(folder: string): Promise<Format> {
  const path = join(folder, "config.yaml");
  return Promise.resolve({
    few: 400,
    many: 100_000,
    errors: [SyntaxError, TypeError, RangeError],
    words: WORDS,
    path,
    make(draw) {
      const lines = draw.list(1 + draw.below(4), () => draw.pick(LINES));
      const unique = [...new Map(lines.map((line) => [line.split(":")[0], line])).values()];
      const text = unique.join("\n") + "\n";
      const more = () => new TextEncoder().encode(text + laughs(draw));
      const deep = () => {
        const [open, close] = draw.pick([["[", "]"], ["{a: ", "}"], ["- ", ""], ["? ", ""]]);
        const many = draw.pick([20, 40, 300, 3000]);
        return new TextEncoder().encode(
          `${text}${draw.pick(["data", "name", "x", "loss"])}: ${open.repeat(many)}${close.repeat(many)}\n`,
        );
      };
      return { bytes: new TextEncoder().encode(text), own: [more, deep, deep] };
    },
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      return await loadConfig(path);
    },
    agrees(value, bytes) { // a name may be as long as the file
      return JSON.stringify(value).length < 20_000 + 8 * bytes.length &&
          configToYaml(value as never).length > 0
        ? null
        : "far more than a config";
    },
  });
}
