import { assertEquals } from "@std/assert";
import { circlesIn, importsAmong } from "./import_circles.ts";
import { importsOf, sourceFiles, textOf, withoutComments } from "./source_files.ts";

// Arrows point one way: shaders <- engine <- train -> data, and both ends may read formats. Inside a house an arrow goes
// to a lower floor.

/** Files of the repository that each house may import, besides its own. */
const MAY_IMPORT: Record<string, RegExp> = {
  std: /^$/,
  shaders: /^$/,
  formats: /^$/,
  engine: /^shaders\/[^/]+\/[^/]+\.wgsl$|^formats\/(pickle|checkpoint)\/mod\.ts$/,
  data: /^formats\/(json|pickle)\/mod\.ts$/,
  train: /^(engine|data)\/([^/]+\/)*mod\.ts$|^formats\/(checkpoint|json|numpy)\/mod\.ts$|^deno\.json$/,
  "mod.ts": /^(engine|data|train)\/([^/]+\/)*mod\.ts$|^formats\/checkpoint\/mod\.ts$/,
  // These two look behind the doors of all houses.
  bench: /./,
  tests: /./,
};

/** The rooms of each house from the ground up. Rooms of one floor do not import each other; "." is the house's door. */
const FLOORS: Record<string, string[]> = {
  formats: ["tensors pickle json", "zip safetensors layouts match", "torch numpy", "checkpoint", "."],
  engine: [
    "kernel",
    "graph",
    "device/steps",
    "device ops/lowering",
    "ops/shape",
    "ops/reduce",
    "ops/arithmetic",
    "ops/statistics ops/effects ops/collective",
    "ops/matmul/kernels ops/conv/kernels",
    "ops/matmul ops/conv ops/norm ops/loss",
    "ops/bulk",
    "ops autodiff nn optim plan/passes",
    "plan",
    "jit",
    ".",
  ],
  data: [
    "base disk workers",
    "augment",
    "decode/formats",
    "decode sampling",
    "images",
    "containers",
    "duplicates loader single sources/cifar sources/fashion sources/parquet",
    "sources",
    ".",
  ],
  train: [
    "flags statistics/draws",
    "decision progress statistics",
    "pretrained verdict",
    "config/schema machine terminal",
    "config",
    "team",
    "setup report/page distributed",
    "results/rule",
    "results model",
    "features report/sections",
    "features/bank feature_files saved report predict",
    "trainer/methods",
    "trainer/steps",
    "trainer",
    "finetune",
    "ahead reproduce",
    "compare",
    "run/folder",
    "library profile run",
    "cli/commands cli/doors",
    "cli .",
  ],
};

/** Packages that a house must not lean on: those of the command line and, in the engine, those with files. */
const FOREIGN: Record<string, RegExp> = {
  engine: /^(@std\/(cli|yaml)|echarts|zod|node:.*)$/,
  formats: /^(@std\/(cli|yaml)|echarts|zod|node:.*)$/,
  data: /^(@std\/(cli|yaml)|echarts|zod)$/,
};

/** Uses that only some houses are allowed: the engine has no files, flags or output, and only the command line prints. */
const FORBIDDEN: Record<string, RegExp> = {
  engine: /\bDeno\s*[.[]|\bconsole\s*[.[]|\bprocess\s*\./g,
  formats: /\bDeno\s*[.[]|\bconsole\s*[.[]|\bprocess\s*\./g,
  data: /\bconsole\s*[.[]/g,
};

/** Rooms of train that speak to a terminal; the others only tell those who listen. */
const TERMINAL = /^train\/(cli|terminal|run)\//;

/** Matches the uses that a file is not allowed. */
function forbiddenIn(path: string): RegExp {
  if (path.startsWith("train/") && !TERMINAL.test(path)) return /\bconsole\s*[.[]|\bDeno\.std(out|err)\b/g;
  return FORBIDDEN[path.split("/")[0]] ?? /(?!)/g;
}

/** Each breach of the layering by a file with this code, as a sentence that names it. */
function breaches(path: string, code: string): string[] {
  const house = path.split("/")[0];
  if (!(house in MAY_IMPORT)) return [`${path} is in no known house`];
  if (floorOf(path) === null) return [`${path} is in no known room`];
  const found: string[] = [];
  for (const name of importsOf(path, code)) {
    // Packages are mapped in deno.json; a file of the repository is always written relative to the importer.
    const isFile = /^[\w./-]+\.(ts|js|wgsl|json)$/.test(name) && !name.startsWith("deno-std/");
    if (isFile && name.startsWith(`${house}/`)) {
      if (!isBelow(path, name)) found.push(`${path} imports ${name}, which is on no lower floor`);
    } else if (isFile ? !MAY_IMPORT[house].test(name) : isForeign(house, name)) {
      found.push(`${path} imports ${name}`);
    }
  }
  for (const [use] of withoutComments(code).matchAll(forbiddenIn(path))) {
    found.push(`${path} uses ${use.replace(/\W+$/, "")}`);
  }
  return found;
}

/** The room of a file in its house. */
function roomOf(path: string): string {
  return path.split("/").slice(1, -1).join("/") || ".";
}

/** The floor of a file's room; 0 in a house without floors, null for a room that is on none. */
function floorOf(path: string): number | null {
  const floors = FLOORS[path.split("/")[0]];
  if (!floors) return 0;
  const floor = floors.findIndex((rooms) => rooms.split(" ").includes(roomOf(path)));
  return floor < 0 ? null : floor;
}

/** Tells whether a file may import another file of its house. */
function isBelow(path: string, name: string): boolean {
  const [from, to] = [floorOf(path), floorOf(name)];
  return !(path.split("/")[0] in FLOORS) || roomOf(path) === roomOf(name) || to !== null && to < from!;
}

function isForeign(house: string, name: string): boolean {
  return /^(https?|jsr|data|blob|file):/.test(name) || (FOREIGN[house]?.test(name) ?? false);
}

Deno.test("layering: an arrow goes to a lower floor, and into another house by its door", () => {
  const code = sourceFiles().filter((path) => path.endsWith(".ts"));
  assertEquals(code.flatMap((path) => breaches(path, textOf(path))), []);
});

Deno.test("layering: made-up breaches are found by file name", () => {
  const cases: [string, string, string[]][] = [
    ["engine/nn/a.ts", `import { x } from "../../data/mod.ts";`, ["engine/nn/a.ts imports data/mod.ts"]],
    ["engine/a.ts", `export * from "../train/cli/main.ts";`, ["engine/a.ts imports train/cli/main.ts"]],
    ["engine/a.ts", `import {\n  x,\n} from "../formats/zip/zip.ts";`, [
      "engine/a.ts imports formats/zip/zip.ts",
    ]],
    ["engine/a.ts", `import { parse } from "@std/yaml";`, ["engine/a.ts imports @std/yaml"]],
    ["engine/a.ts", `if (x) console.log(Deno.args);`, ["engine/a.ts uses console", "engine/a.ts uses Deno"]],
    ["data/a.ts", `import "../engine/mod.ts";`, ["data/a.ts imports engine/mod.ts"]],
    ["data/a.ts", `await import("../engine/graph/node.ts");`, ["data/a.ts imports engine/graph/node.ts"]],
    ["data/a.ts", `new Worker(new URL("../train/w.ts", import.meta.url));`, ["data/a.ts imports train/w.ts"]],
    ["data/a.ts", `import x from "../shaders/conv/x.wgsl" with { type: "text" };`, [
      "data/a.ts imports shaders/conv/x.wgsl",
    ]],
    ["train/run/a.ts", `import type { T } from "../../engine/graph/node.ts";`, [
      "train/run/a.ts imports engine/graph/node.ts",
    ]],
    ["train/run/a.ts", `import { x } from "https://example.org/x.ts";`, [
      "train/run/a.ts imports https://example.org/x.ts",
    ]],
    ["train/setup/a.ts", `import type { X } from "../run/x.ts";`, [
      "train/setup/a.ts imports train/run/x.ts, which is on no lower floor",
    ]],
    ["train/run/a.ts", `import "../profile/x.ts";`, [
      "train/run/a.ts imports train/profile/x.ts, which is on no lower floor",
    ]],
    ["engine/plan/a.ts", `import { x } from "../mod.ts";`, [
      "engine/plan/a.ts imports engine/mod.ts, which is on no lower floor",
    ]],
    ["engine/graph/a.ts", `await import("../plan/evaluate.ts");`, [
      "engine/graph/a.ts imports engine/plan/evaluate.ts, which is on no lower floor",
    ]],
    ["tools/a.ts", ``, ["tools/a.ts is in no known house"]],
    ["train/attic/a.ts", ``, ["train/attic/a.ts is in no known room"]],
    ["train/results/a.ts", `console.log(1); Deno.stderr.writeSync(b);`, [
      "train/results/a.ts uses console",
      "train/results/a.ts uses Deno.stderr",
    ]],
    ["train/terminal/a.ts", `Deno.stderr.writeSync(b);`, []],
    ["engine/nn/a.ts", `import code from "../../shaders/conv/a.wgsl" with { type: "text" };`, []],
    ["engine/nn/a.ts", `/**\n * console.log(await y.data());\n */`, []],
    ["engine/nn/a.ts", `import "./b.ts";\nimport "../ops/norm/c.ts";`, []],
    [
      "train/cli/commands/a.ts",
      `import { x } from "../../../formats/checkpoint/mod.ts";\nimport { z } from "zod";`,
      [],
    ],
  ];
  for (const [path, code, expected] of cases) assertEquals(breaches(path, code), expected, code);
});

Deno.test("layering: no imports make a circle but those of an op and its own gradient", () => {
  const code = sourceFiles().filter((path) => path.endsWith(".ts"));
  assertEquals(circlesIn(importsAmong(code)), [
    ["engine/ops/conv/conv2d.ts", "engine/ops/conv/conv2d_filters_grad.ts"],
  ]);
});

Deno.test("layering: made-up circles are found, each once", () => {
  const texts: Record<string, string> = {
    "a.ts": `import "./b.ts";`,
    "b.ts": `import type { C } from "./c.ts";`,
    "c.ts": `await import("./a.ts");`,
    "d.ts": `import "./a.ts";\nnew URL("./e.ts", import.meta.url);`,
    "e.ts": `export * from "./d.ts";`,
    "f.ts": `import "./f.ts";\nimport "./a.ts";`,
  };
  const circles = circlesIn(importsAmong(Object.keys(texts), (path) => texts[path]));
  assertEquals(circles, [["a.ts", "b.ts", "c.ts"], ["d.ts", "e.ts"], ["f.ts"]]);
});

Deno.test("layering: every shader is imported by the engine", () => {
  const files = sourceFiles();
  const used = new Set(
    files.filter((path) => /^engine\/.*\.ts$/.test(path)).flatMap((path) => importsOf(path, textOf(path))),
  );
  const shaders = files.filter((path) => path.startsWith("shaders/"));
  assertEquals(shaders.filter((path) => !used.has(path)), [], "shaders that nothing imports");
});

/** Shaders that take what they compute from the op or from the shader that includes them, and its label. */
const SHARED = ["elementwise", "reduce_columns", "reduce_rows", "tile_product"];

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

Deno.test("layering: each test stands in a folder named after what it tests", () => {
  const files = sourceFiles();
  const rooms = new Set(files.map((path) => path.replace(/\/[^/]+$/, "")));
  const tests = files.map((path) => path.match(/^tests\/(.+)\/[^/]+_test\.ts$/)?.[1]).filter((room) => room);
  // Whole trainings and drawn cases of every op take all rooms of the engine, whole runs those of train; hostile files go
  // to readers of all houses; drivers are the machine's, tools of the tests are tests themselves, and numbers at the ends of float32 meet all of train.
  const whole = [
    ...["engine/whole", "engine/properties", "train/whole", "train/numbers"],
    ...["fuzz", "drivers", "mutants", "soak", "coverage"],
  ];
  assertEquals(tests.filter((room) => !rooms.has(room!) && !whole.includes(room!)), []);
});
