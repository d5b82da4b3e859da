import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { adapterSlug } from "../../bench/adapter_slug.ts";
import { checkChosen, isChosen, mainJobFlags, optionsOf } from "../../bench/peers/options.ts";

const PEERS = ["everyclass", "jax-js webgpu", "tfjs webgpu", "PyTorch CPU"];

Deno.test("bench options: peers are chosen by parts of their names, in capitals or not", () => {
  const { peers } = optionsOf(["--peers", "jax, torch,"]);
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
  refused(optionsOf(["--peers", ","]).peers!, "current has none");
});

Deno.test("bench options: files are named after the adapter", () => {
  const names = ["llvmpipe (LLVM 15.0.6, 256 bits)", "NVIDIA H100 80GB HBM3", "Apple M2", ""];
  assertEquals(names.map(adapterSlug), ["llvmpipe", "nvidia-h100-80gb", "apple-m2", "adapter"]);
});

Deno.test("bench options: the main job takes its flags, and no others", () => {
  const paths = ["--data", "d", "--checkpoint", "c"];
  const { views, seed, torchEpochs } = mainJobFlags([...paths, "--views", "4,fresh", "--seed", "2"]);
  assertEquals([views, seed, torchEpochs], [["4", "fresh"], 2, 40]);
  assertThrows(() => mainJobFlags(["--data", "d"]), SyntaxError, "--checkpoint");
  assertThrows(() => mainJobFlags([...paths, "--view", "4"]), SyntaxError, "current has --view");
  assertThrows(() => mainJobFlags([...paths, "--views", "4,"]), RangeError, "current are 4, and 0");
  assertThrows(() => mainJobFlags([...paths, "--seed", "one"]), RangeError, "one");
});

Deno.test("bench options: a comparison with nobody, or of nothing, is an error that lists the names", async () => {
  const { href } = new URL("../../bench/peers/main.ts", import.meta.url);
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
