import { assert, assertEquals } from "@std/assert";
import { sourceFiles, textOf } from "../source_files.ts";
import { changed, placeOf } from "./mutant.ts";
import { mutantsOfTypescript } from "./of_typescript.ts";
import { mutantsOfWgsl } from "./of_wgsl.ts";
import { EQUIVALENT, isEquivalent } from "./equivalent.ts";
import { mutantsOf, TARGETS } from "./targets.ts";

/** The code after each mutation. */
const afterEach = (mutants: typeof mutantsOfWgsl, code: string) =>
  mutants("file", code).map((mutant) => changed(code, mutant));

Deno.test("TypeScript: operators, numbers, minima, minus and ! change one at a time", () => {
  const cases: [string, string[]][] = [
    ["a < b;", ["a <= b;"]],
    ["a /* < */ < (b);", ["a /* < */ <= (b);"]],
    ["!(a || -b);", ["(a || -b);", "!(a && -b);", "!(a || b);"]],
    ["a === !b;", ["a !== !b;", "a === b;"]],
    ["a + b * c;", ["a - b * c;", "a + b / c;"]],
    ["a && b || c;", ["a && b && c;", "a || b || c;"]],
    ["Math.min(a, 2);", ["Math.max(a, 2);", "Math.min(a, 3);"]],
    ["x += -y;", ["x -= -y;", "x += y;"]],
    ["const a = 0.5;", ["const a = 1.5;"]],
    ["for (let i = 0; i < n; i++) k++;", [
      "for (let i = 1; i < n; i++) k++;",
      "for (let i = 0; i <= n; i++) k++;",
      "for (let i = 0; i < n; i++) k--;",
    ]],
    ["(x as 1 | 2)!;", []],
    ["`a` + b + c;", []],
    ["throw new RangeError(`${a - 1}` + 3);", []],
    ['import { a } from "b";\ntype C = 1;\nconst d: 2 | E<3> = { 4: e };', []],
  ];
  for (const [code, expected] of cases) {
    assertEquals(afterEach(mutantsOfTypescript, code).toSorted(), expected.toSorted(), code);
  }
});

Deno.test("WGSL: operators, numbers, minima, minus and ! change one at a time, types and directives do not", () => {
  const cases: [string, string[]][] = [
    ["let a = b < c;", ["let a = b <= c;"]],
    ["var a = vec4<bool>(true);", []],
    ["if (vec2<f32>(a) < b) { }", ["if (vec2<f32>(a) <= b) { }"]],
    ["i += 64u;", ["i -= 64u;", "i += 65u;"]],
    ["return -log(a / b);", ["return log(a / b);", "return -log(a * b);"]],
    ["min(1.0, x.y)", ["max(1.0, x.y)", "min(2.0, x.y)"]],
    ["a &= !b & c;", ["a |= !b & c;", "a &= b & c;", "a &= !b | c;"]],
    ["at++;", []],
    ["//#for k 4\n@compute @workgroup_size(64) fn main(@builtin(position) p: vec4f) -> f32 {", []],
    ["x[$k] + $ku", ["x[$k] - $ku"]],
  ];
  for (const [code, expected] of cases) {
    assertEquals(afterEach(mutantsOfWgsl, code).toSorted(), expected.toSorted(), code);
  }
});

Deno.test("a place tells the line, what stands there, and which of the same words it is", () => {
  const code = "let x;\n  x = a + b + c;";
  const [, second] = mutantsOfTypescript("file", code).toSorted((a, b) => a.at[0] - b.at[0]);
  assertEquals(placeOf(code, second), { line: 2, code: "x = a + b + c;", nth: 1, change: "+ -> -" });
});

Deno.test("every file and test of the table is there, and every file has mutants", () => {
  const files = sourceFiles();
  for (const { files: named, tests } of TARGETS) {
    for (const path of [...named, ...tests]) {
      assert(files.some((file) => file === path || file.startsWith(`${path}/`)), path);
    }
    for (const file of named) assert(mutantsOf(file, textOf(file)).length > 0, file);
  }
});

Deno.test("every mutant of the table is a text of its own that can be parsed", () => {
  for (const file of TARGETS.flatMap(({ files }) => files)) {
    const text = textOf(file);
    const texts = mutantsOf(file, text).map((mutant) => changed(text, mutant));
    assertEquals(new Set([text, ...texts]).size, texts.length + 1, file);
    if (file.endsWith(".ts")) { for (const each of texts) mutantsOf(file, each); }
  }
});

Deno.test("every mutant that is told to change nothing is one of its file's, and one alone", () => {
  for (const known of EQUIVALENT) {
    const text = textOf(known.file);
    const found = mutantsOf(known.file, text).filter((mutant) => isEquivalent(text, mutant, [known]));
    assertEquals(found.length, 1, `${known.file}: ${known.change} in ${known.code}`);
  }
});
