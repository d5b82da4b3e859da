// deno task test:drivers: the tests of the engine under each Vulkan driver of this machine, one after the other.
//
//   deno task test:drivers                                all drivers, all tests of the engine
//   deno task test:drivers --driver vk_swiftshader        one driver; where it is not installed, it is left out by name
//   deno task test:drivers --few                          a few ops and their gradients alone
//   deno task test:drivers --least                        with the limits that WebGPU has every adapter offer
//   deno task test:drivers tests/engine/nn                these files alone

import { parseArgs } from "node:util";
import { adapterOf, type Driver, driversIn, environmentOf, FOLDERS } from "./drivers.ts";

/** Softmax, batch norm, products, convolutions and their gradients, NaN and infinities: under 4 minutes on SwiftShader. */
const FEW = [
  "tests/engine/ops/arithmetic/special_values_test.ts",
  "tests/engine/ops/loss/softmax_test.ts",
  "tests/engine/ops/norm/batch_norm_test.ts",
  "tests/engine/ops/conv/torch_gradients_test.ts",
  "tests/engine/ops/matmul/matmul_test.ts",
  "tests/engine/whole/non_finite_test.ts",
];

/** The names of tests among these, so that no kernel of large tiles is compiled, for which SwiftShader takes seconds. */
const FEW_NAMES = String
  .raw`/^(NaN |a logit|a maximum|relu|(log)?[sS]oftmax|batch_norm|conv2d_3x3(_s2)? |matmul (\[7, 5\]|of batches \[1, ))/`;

const { values: flags, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { driver: { type: "string" }, few: { type: "boolean" }, least: { type: "boolean" } },
});
const files = positionals.length > 0 ? positionals : flags.few ? FEW : ["tests/engine"];

/** Runs the tests under a driver. @returns True where some ran, and all of them passed. */
async function passes(driver: Driver): Promise<boolean> {
  const preload = flags.least ? ["--preload", new URL("least_limits.ts", import.meta.url).pathname] : [];
  const test = new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "test", ...preload, ...flags.few ? ["--filter", FEW_NAMES] : [], ...files],
    env: environmentOf(driver),
    stdout: "piped",
  }).spawn();
  let end = "";
  for await (const text of test.stdout.pipeThrough(new TextDecoderStream())) {
    await Deno.stdout.write(new TextEncoder().encode(text));
    end = (end + text).slice(-400);
  }
  return (await test.status).success && / [1-9]\d* passed/.test(end);
}

const found = driversIn(FOLDERS).filter(({ name }) => flags.driver === undefined || name === flags.driver);
if (found.length === 0) {
  console.log(
    `left out: ${flags.driver ?? "every Vulkan driver"}, which is not in ${
      FOLDERS.join(", ")
    } (Debian's chromium-common has SwiftShader)`,
  );
}
const failed: string[] = [];
for (const driver of found) {
  const adapter = await adapterOf(driver);
  console.log(`${driver.name}: ${adapter ?? "left out, as it has no device here"} (${driver.file})`);
  if (adapter !== null && !await passes(driver)) failed.push(driver.name);
}
if (failed.length > 0) console.log(`Tests failed under ${failed.join(" and ")}.`);
Deno.exit(failed.length > 0 ? 1 : 0);
