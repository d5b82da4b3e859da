// Values joined across a workgroup: by the adapter's own subgroups and without them, and by subgroups of every size that
// WebGPU allows, which the test emulates in workgroup memory.

import { assert, assertEquals } from "@std/assert";
import lanes from "../../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import rows from "../../../../shaders/lowering/rows_tile.wgsl" with { type: "text" };
import workgroup_join from "../../../../shaders/lowering/workgroup_join.wgsl" with { type: "text" };
import workgroup_sum from "../../../../shaders/lowering/workgroup_sum.wgsl" with { type: "text" };
import { expand } from "../../../../engine/kernel/template.ts";
import { assertClose } from "../../close.ts";
import { deviceOf } from "../../families.ts";
import { seedOf, uniform } from "../../random.ts";

const WORKGROUP = 64;

/** Two sums of 4-vectors, one after the other; of a row its sum and its maximum. */
const KERNELS = {
  sums: { type: "vec4f", include: "workgroup_sum", first: "workgroup_sum", second: "workgroup_sum" },
  row: { type: "f32", include: "lanes\n//#include rows", first: "row_sum", second: "row_max" },
};
type Name = keyof typeof KERNELS;

function shader(name: Name, least: number): string {
  const { type, include, first, second } = KERNELS[name];
  const code = `//#include ${include}
@group(0) @binding(0) var<storage, read> x: array<${type}, 128>;
@group(0) @binding(1) var<storage, read_write> y: array<${type}, 128>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  y[lane] = ${first}(lane, x[lane]);
  y[lane + 64u] = ${second}(lane, x[lane + 64u]);
}`;
  const includes = { lanes, rows, workgroup_join, workgroup_sum };
  return expand(code, new Map(), { LEAST: least }, includes).wgsl;
}

/**
 * The shader with what it asks of subgroups answered from workgroup memory: subgroups of so many of the invocations in the
 * order of bit-reversed numbers, so that neighbours are no neighbours in the workgroup.
 */
function emulated(wgsl: string, size: number, filled: boolean): string {
  const reversed = `(reverseBits(lane_of) >> 26u)`;
  const answers: [string | RegExp, string][] = [
    ["@builtin(subgroup_invocation_id) given_within: u32, ", ""],
    ["within = given_within;", `lane_of = lane; within = ${reversed} % ${size}u;`],
    ["subgroupAdd(1u)", `${Math.min(size, WORKGROUP)}u`],
    [/subgroupAll\([^)]*\)/, String(filled)],
    ["subgroupShuffleXor(all, reach)", "from_peer(all, within ^ reach)"],
    ["subgroupShuffle(all, own)", "from_peer(all, own)"],
  ];
  const replaced = answers.reduce((text, [asked, answer]) => {
    const next = text.replace(asked, answer);
    assert(next !== text, `no ${asked} in the shader`);
    return next;
  }, wgsl);
  return `var<private> lane_of: u32;
var<workgroup> told: array<Value, 64>;
fn from_peer(value: Value, peer: u32) -> Value {
  workgroupBarrier();
  told[lane_of] = value;
  workgroupBarrier();
  return told[reverseBits(${reversed} / ${size}u * ${size}u + peer) >> 26u];
}
${replaced}`;
}

const width = (name: Name) => KERNELS[name].type === "f32" ? 1 : 4;

/** Values of the invocations for the first result, then for the second. */
function valuesOf(name: Name): Float32Array<ArrayBuffer> {
  const next = uniform(seedOf(name));
  return Float32Array.from({ length: 2 * WORKGROUP * width(name) }, () => 8 * next() - 3);
}

async function run(name: Name, wgsl: string, apart: number): Promise<Float32Array> {
  const device = await deviceOf("tile");
  const { gpu } = device;
  const constants = name === "row" ? { ROWS: 1, COLS: 1, GROUPS_X: 1 } : { APART: apart };
  const values = valuesOf(name);
  using x = device.buffer("x", values.byteLength);
  using y = device.buffer("y", values.byteLength);
  gpu.queue.writeBuffer(x.buffer, 0, values);
  await device.validated(`run ${name}`, () => {
    const pipeline = device.pipelines.of({ label: name, wgsl, constants });
    const entries = [x, y].map(({ buffer }, binding) => ({ binding, resource: { buffer } }));
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    device.queue.submit(encoder);
    return { [Symbol.dispose]() {} };
  });
  return new Float32Array(await device.read(y.buffer, 0, values.byteLength));
}

/** The value due to every invocation: joined in float64, or in f32 halving by halving. */
function expected(name: Name, apart: number, round: (value: number) => number): number[] {
  const lanes = width(name);
  const values = valuesOf(name);
  return [false, name === "row"].flatMap((most, half) => {
    const left = Array.from(values.subarray(half * WORKGROUP * lanes, (half + 1) * WORKGROUP * lanes));
    for (let reach = 32; reach >= apart; reach /= 2) {
      for (let i = 0; i < reach * lanes; i++) {
        const [a, b] = [left[i], left[i + reach * lanes]];
        left[i] = most ? Math.max(a, b) : round(a + b);
      }
    }
    return Array.from({ length: WORKGROUP * lanes }, (_, i) => left[i % (apart * lanes)]);
  });
}

const CASES: readonly [Name, number][] = [["sums", 1], ["sums", 4], ["sums", 16], ["row", 1]];

for (const [name, apart] of CASES) {
  const title = name === "row" ? "the sum and the maximum of a row" : `sums of invocations ${apart} apart`;
  const inF32 = expected(name, apart, Math.fround);

  Deno.test(`${title} have the bits of f32 halvings, by the adapter's subgroups and without`, async () => {
    assertClose(title, inF32, expected(name, apart, (value) => value));
    const { leastSubgroup } = await deviceOf("tile");
    for (const least of new Set([0, 4, leastSubgroup])) {
      if (least > leastSubgroup) continue;
      assertEquals([...await run(name, shader(name, least), apart)], inF32, `of at least ${least}`);
    }
  });

  Deno.test(`${title} have the bits of f32 halvings, by emulated subgroups of 4 to 128`, async () => {
    const sizes = [[4, 4], [8, 8], [16, 16], [32, 32], [32, 4], [64, 64], [64, 8], [128, 64], [128, 4]];
    for (const [size, least] of sizes) {
      const found = await run(name, emulated(shader(name, least), size, true), apart);
      assertEquals([...found], inF32, `subgroups of ${size}, at least ${least}`);
    }
  });

  Deno.test(`${title} are right where subgroups are smaller than promised`, async () => {
    const { subgroup, leastSubgroup } = await deviceOf("tile");
    const own = leastSubgroup > 0 && subgroup > 0 && subgroup < 64 ? [shader(name, 2 * subgroup)] : [];
    for (const wgsl of [...own, emulated(shader(name, 32), 8, false)]) {
      assertClose(title, await run(name, wgsl, apart), expected(name, apart, (value) => value));
    }
  });
}
