import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { adapterSlug } from "../../../bench/adapter_slug.ts";
import * as peers from "../../../bench/peers/options.ts";
import { readFlags } from "../../../train/flags/command_line.ts";
import { UsageError } from "../../../train/flags/errors.ts";

const { checkChosen, isChosen } = peers;
const comparisonOptions = (args: string[]) =>
  peers.comparisonOptions(readFlags(args, peers.COMPARISON_COMMAND));
const mainJobOptions = (args: string[]) => peers.mainJobOptions(readFlags(args, peers.MAIN_JOB_COMMAND));

const PEERS = ["everyclass", "jax-js webgpu", "tfjs webgpu", "PyTorch CPU"];

Deno.test("bench options: peers are chosen by parts of their names, in capitals or not", () => {
  const { peers } = comparisonOptions(["--peers", "jax, torch,"]);
  assertEquals(peers, ["jax", "torch"]);
  assertEquals(PEERS.filter((name) => isChosen(name, peers)), ["jax-js webgpu", "PyTorch CPU"]);
  assertEquals(PEERS.filter((name) => isChosen(name, null)), PEERS);
  checkChosen("--peers", peers, PEERS);
  checkChosen("--peers", null, PEERS);
});

Deno.test("bench options: a part of no name is refused with the names that there are", () => {
  const refused = (parts: string[], message: string) =>
    assertThrows(() => checkChosen("--peers", parts, PEERS), RangeError, message);
  refused(["jax", "torhc"], "current has torhc: the names are\n  everyclass\n  jax-js webgpu");
  refused(comparisonOptions(["--peers", ","]).peers!, "current has none");
});

Deno.test("bench options: files are named after the adapter", () => {
  const names = ["llvmpipe (LLVM 15.0.6, 256 bits)", "NVIDIA H100 80GB HBM3", "Apple M2", ""];
  assertEquals(names.map(adapterSlug), ["llvmpipe", "nvidia-h100-80gb", "apple-m2", "adapter"]);
});

Deno.test("bench options: the main job takes its flags, and no others", () => {
  const paths = ["--data", "d", "--checkpoint", "c"];
  const { views, seed, torchEpochs } = mainJobOptions([...paths, "--views", "4,fresh", "--seed", "2"]);
  assertEquals([views, seed, torchEpochs], [["4", "fresh"], 2, 40]);
  assertThrows(() => mainJobOptions(["--data", "d"]), SyntaxError, "--checkpoint");
  assertThrows(() => mainJobOptions([...paths, "--view", "4"]), UsageError, "nearest is --views");
  assertThrows(() => mainJobOptions([...paths, "--views", "4,"]), RangeError, "current is 4,");
  assertThrows(() => mainJobOptions([...paths, "--seed", "one"]), UsageError, "current value is one");
});

Deno.test("bench options: a comparison with nobody, or of nothing, is an error that lists the names", async () => {
  const { href } = new URL("../../../bench/peers/main.ts", import.meta.url);
  for (const [flag, listed] of [["--peers", "tfjs wasm"], ["--only", "matmul 512"]]) {
    const args = ["run", "-A", "--no-check", href, flag, "nothing so named", "--python", "no python"];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [1, ""]);
    const told = new TextDecoder().decode(stderr);
    assertStringIncludes(
      told,
      `error: Cannot compare: ${flag} takes parts of names, current has nothing so named`,
    );
    assertStringIncludes(told, `\n  ${listed}\n`);
  }
});

Deno.test("bench options: --help prints the flags and ends well, and a wrong flag is told", async () => {
  const benches = {
    "bench:scale": "scale/main.ts",
    "bench:data": "data/main.ts",
    "bench:peers": "peers/main.ts",
  };
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url)));
  const names = Object.keys(tasks).filter((name) => name.startsWith("bench:"));
  assertEquals(names.sort(), Object.keys(benches).sort());
  for (const [name, file] of Object.entries(benches)) {
    const { href } = new URL(`../../../bench/${file}`, import.meta.url);
    const run = async (flag: string) => {
      const args = ["run", "-A", "--no-check", href, flag];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
      return [code, ...[stdout, stderr].map((bytes) => new TextDecoder().decode(bytes))] as const;
    };
    const [code, out, err] = await run("--help");
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, `deno task ${name} [flags]\n`);
    for (const word of ["(default: ", "--help", "Example: "]) assertStringIncludes(out, word);
    assertEquals(await run("--halp"), [
      1,
      "",
      `error: Cannot take --halp: ${name} has no such flag; the nearest is --help\n`,
    ]);
  }
});
