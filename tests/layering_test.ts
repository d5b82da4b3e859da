import { assertEquals } from "@std/assert";
import { importsOf, sourceFiles, textOf, withoutComments } from "./source_files.ts";

// Arrows point one way: shaders <- engine <- train -> data, and both ends may read the neutral room formats.

/** What the code of each room may import from the repository, besides its own room. */
const MAY_IMPORT: Record<string, RegExp> = {
  std: /^$/,
  shaders: /^$/,
  formats: /^$/,
  engine: /^shaders\/([^/]+\/)*[^/]+\.wgsl$|^formats\/(pickle|checkpoint)\/mod\.ts$/,
  data: /^formats\/pickle\/mod\.ts$/,
  train: /^(engine|data)\/([^/]+\/)*mod\.ts$|^formats\/(pickle|checkpoint)\/mod\.ts$|^deno\.json$/,
  "mod.ts": /^(engine|data)\/([^/]+\/)*mod\.ts$|^formats\/checkpoint\/mod\.ts$/,
  // These two look behind the doors of all rooms.
  bench: /./,
  tests: /./,
};

/** Packages that a room must not lean on: those of the command line and, in the engine, those with files. */
const FOREIGN: Record<string, RegExp> = {
  engine: /^(@std\/(cli|yaml)|echarts|zod|node:.*)$/,
  formats: /^(@std\/(cli|yaml)|echarts|zod|node:.*)$/,
  data: /^(@std\/(cli|yaml)|echarts|zod)$/,
};

/** What only some rooms may do: the engine has no files, flags or output, and only the command line prints. */
const FORBIDDEN: Record<string, RegExp> = {
  engine: /\bDeno\s*[.[]|\bconsole\s*[.[]|\bprocess\s*\./g,
  formats: /\bDeno\s*[.[]|\bconsole\s*[.[]|\bprocess\s*\./g,
  data: /\bconsole\s*[.[]/g,
};

/** Each breach of the layering by a file with this code, as a sentence that names it. */
function breaches(path: string, code: string): string[] {
  const room = path.split("/")[0];
  if (!(room in MAY_IMPORT)) return [`${path} is in no known room`];
  const found: string[] = [];
  for (const name of importsOf(path, code)) {
    // Packages are mapped in deno.json; a file of the repository is always written relative to the importer.
    const isFile = /^[\w./-]+\.(ts|js|wgsl|json)$/.test(name) && !name.startsWith("deno-std/");
    const allowed = isFile
      ? name.startsWith(`${room}/`) || MAY_IMPORT[room].test(name)
      : !isForeign(room, name);
    if (!allowed) found.push(`${path} imports ${name}`);
  }
  for (const [use] of withoutComments(code).matchAll(FORBIDDEN[room] ?? /$^/g)) {
    found.push(`${path} uses ${use.replace(/\W+$/, "")}`);
  }
  return found;
}

function isForeign(room: string, name: string): boolean {
  return /^(https?|jsr|data|blob|file):/.test(name) || (FOREIGN[room]?.test(name) ?? false);
}

Deno.test("layering: no arrow between rooms turns round", () => {
  const code = sourceFiles().filter((path) => path.endsWith(".ts"));
  assertEquals(code.flatMap((path) => breaches(path, textOf(path))), []);
});

Deno.test("layering: a tensor knows its op, and not the planner that knows it", () => {
  assertEquals(importsOf("engine/graph/tensor.ts", textOf("engine/graph/tensor.ts")), ["engine/graph/op.ts"]);
});

Deno.test("layering: made-up breaches are found by file name", () => {
  const cases: [string, string, string[]][] = [
    ["engine/ops/a.ts", `import { x } from "../../data/mod.ts";`, ["engine/ops/a.ts imports data/mod.ts"]],
    ["engine/a.ts", `export * from "../train/main.ts";`, ["engine/a.ts imports train/main.ts"]],
    ["engine/a.ts", `import {\n  x,\n} from "../formats/pickle.ts";`, [
      "engine/a.ts imports formats/pickle.ts",
    ]],
    ["engine/a.ts", `import { parse } from "@std/yaml";`, ["engine/a.ts imports @std/yaml"]],
    ["engine/a.ts", `if (x) console.log(Deno.args);`, ["engine/a.ts uses console", "engine/a.ts uses Deno"]],
    ["data/a.ts", `import "../engine/mod.ts";`, ["data/a.ts imports engine/mod.ts"]],
    ["data/a.ts", `await import("../engine/tensor.ts");`, ["data/a.ts imports engine/tensor.ts"]],
    ["data/a.ts", `new Worker(new URL("../train/w.ts", import.meta.url));`, ["data/a.ts imports train/w.ts"]],
    ["data/a.ts", `import x from "../shaders/x.wgsl" with { type: "text" };`, [
      "data/a.ts imports shaders/x.wgsl",
    ]],
    ["train/a.ts", `import type { T } from "../engine/tensor.ts";`, ["train/a.ts imports engine/tensor.ts"]],
    ["train/a.ts", `import { x } from "https://example.org/x.ts";`, [
      "train/a.ts imports https://example.org/x.ts",
    ]],
    ["tools/a.ts", ``, ["tools/a.ts is in no known room"]],
    ["engine/ops/a.ts", `import code from "../../shaders/a.wgsl" with { type: "text" };`, []],
    ["engine/ops/a.ts", `/**\n * console.log(await y.data());\n */`, []],
    ["train/commands/a.ts", `import { x } from "../../engine/io/mod.ts";\nimport { z } from "zod";`, []],
  ];
  for (const [path, code, expected] of cases) assertEquals(breaches(path, code), expected, code);
});

Deno.test("layering: every shader is imported by the engine", () => {
  const files = sourceFiles();
  const used = new Set(
    files.filter((path) => /^engine\/.*\.ts$/.test(path)).flatMap((path) => importsOf(path, textOf(path))),
  );
  const shaders = files.filter((path) => path.startsWith("shaders/"));
  assertEquals(shaders.filter((path) => !used.has(path)), [], "shaders that nothing imports");
});

/** Shaders that take what they compute from the op, and their labels. */
const SHARED = ["elementwise", "reduce_columns", "reduce_rows"];

/** A shader's name: that of its file without the ending. */
const nameOf = (path: string) => path.replace(/^.*\/|\.wgsl$/g, "");

Deno.test("layering: a shader's first line and its pipeline's label are its file name", () => {
  const files = sourceFiles();
  for (const path of files.filter((path) => path.endsWith(".wgsl"))) {
    assertEquals(textOf(path).split(" - ")[0], `// ${nameOf(path)}`, `${path}: first line`);
  }
  const unnamed = files.filter((path) => /^engine\/.*\.ts$/.test(path)).flatMap((path) => {
    const code = textOf(path);
    return importsOf(path, code)
      // Text that other shaders include has no pipeline of its own; one that serves several ops has their labels.
      .filter((shader) => shader.endsWith(".wgsl") && textOf(shader).includes("@compute"))
      .filter((shader) => !SHARED.includes(nameOf(shader)))
      .filter((shader) => !code.includes(`"${nameOf(shader)}"`))
      .map((shader) => `${path} never names ${shader}`);
  });
  assertEquals(unnamed, []);
});
