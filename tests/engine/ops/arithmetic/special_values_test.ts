// NaN, infinities and numbers at the ends of float32 come out of every op as of its float64 reference. WGSL lets drivers
// assume that floats are finite, and their own functions differ: on SwiftShader the logarithm of 0 is -88, that of -1 is 0.

import { assert, assertEquals } from "@std/assert";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { input } from "../../../../engine/graph/source.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import * as ops from "../../../../engine/ops/mod.ts";
import { sourceFiles, textOf, withoutComments } from "../../../source_files.ts";
import { deviceOf, evaluate, FAMILIES } from "../../check.ts";
import { inTexture } from "../../in_texture.ts";

const SPECIAL = [-Infinity, Infinity, NaN, -1e30, 1e30, 0, -0, -1, 1, 0.5, 90, -90];

const UNARY: Record<string, (x: Tensor) => Tensor> = {
  abs: ops.abs,
  clamp: (x) => ops.clamp(x, -2, 2),
  exp: ops.exp,
  log: ops.log,
  neg: ops.neg,
  relu: ops.relu,
  scale: (x) => ops.scale(x, 3),
  sigmoid: ops.sigmoid,
  sqrt: ops.sqrt,
  square: ops.square,
  ...Object.fromEntries(
    [-9, -2, -0.5, 0.5, 1.5, 2, 3, 10].map((p) => [`pow ${p}`, (x: Tensor) => ops.pow(x, p)]),
  ),
};

const BINARY: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: ops.add,
  div: ops.div,
  equal: ops.equal,
  greater: ops.greater,
  less: ops.less,
  lessEqual: ops.lessEqual,
  maximum: ops.maximum,
  minimum: ops.minimum,
  mul: ops.mul,
  sub: ops.sub,
};

/** Rows that each hold one special value, or two, among finite ones. */
const OF_ROWS: Record<string, (x: Tensor) => Tensor> = {
  logSoftmax: ops.logSoftmax,
  logSumExp: ops.logSumExp,
  max: (x) => ops.max(x, 1),
  mean: (x) => ops.mean(x, 1),
  softmax: ops.softmax,
  sum: (x) => ops.sum(x, 1),
};

/** A value as float32 has it: the sign of an infinity, NaN, or the number to five digits. */
function kindOf(value: number): string {
  const single = Math.fround(value);
  // Drivers may take the least numbers for 0.
  return Number.isFinite(single) ? Math.abs(single) < 1e-37 ? "0" : single.toExponential(4) : String(single);
}

const [column, row] = [input("column", [SPECIAL.length, 1]), input("row", [1, SPECIAL.length])];
const values = Float32Array.from(SPECIAL);
// Two huge numbers of a row leave nothing of the others, in float64 too.
const among = SPECIAL.flatMap((a) => SPECIAL.map((b) => [0.25, a, -1, 2, b, 0.5]))
  .filter((row) => row.filter((value) => Math.abs(value) === 1e30).length < 2);
const rows = input("rows", [among.length, 6]);
const feeds = new Map([
  [column, values],
  [row, values],
  [rows, Float32Array.from(among.flat())],
]);

for (const family of FAMILIES) {
  for (const textured of [false, true]) {
    const through = textured ? inTexture : (x: Tensor) => x;
    Deno.test(`NaN and infinities as in the reference${textured ? ", in textures" : ""}, ${family}`, async () => {
      const outputs = Object.fromEntries([
        ...Object.entries(UNARY).map(([name, op]) => [name, op(through(row))] as const),
        ...Object.entries(BINARY).map(([name, op]) => [name, op(through(column), through(row))] as const),
        ...Object.entries(OF_ROWS).map(([name, op]) => [name, op(through(rows))] as const),
      ]);
      const found = await evaluate(await deviceOf(family), outputs, feeds);
      const expected = interpret(Object.values(outputs), feeds);
      const wrong = Object.keys(outputs).flatMap((name, n) =>
        [...found[name]].flatMap((value, i) => {
          const [is, shouldBe] = [kindOf(value), kindOf(expected[n][i])];
          const same = is === shouldBe || near(Number(is), Number(shouldBe));
          return same ? [] : [`${name} at ${i}: ${is} for ${shouldBe}`];
        })
      );
      assertEquals(wrong, [], `of the values ${SPECIAL}`);
    });
  }
}

/** True of finite numbers that rounding alone sets apart. */
function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-4 * Math.abs(b) + 1e-6;
}

Deno.test("no shader calls a driver's own exp, log or pow but for exp_of, log_of and pow_of", () => {
  const own = /(?<![\w.])(exp2?|log2?|pow|tanh|inverseSqrt)\(/;
  const shaders = sourceFiles("shaders/").filter((path) => path.endsWith(".wgsl"));
  const formulas = sourceFiles("engine/ops/arithmetic/").map((path) => ({
    path,
    code: [...withoutComments(textOf(path)).matchAll(/"[^"\n]*"|`[^`]*`/g)].join("\n"),
  }));
  const texts = [
    ...shaders.map((path) => ({ path, code: withoutComments(textOf(path)) })),
    ...formulas.filter(({ code }) => !code.startsWith("import")),
  ];
  assert(texts.length > 80, `${texts.length} texts`);
  const callers = texts.filter(({ code }) => own.test(code)).map(({ path }) => path);
  assertEquals(callers, ["shaders/lowering/lanes.wgsl"]);
});
