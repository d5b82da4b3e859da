// A flipped bit of a file that a run goes on from, or predicts by, is found wherever the bit is.

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { parseSafetensors, type RawTensor, writeSafetensors } from "../../../engine/mod.ts";
import { sealOf, writeSealed } from "../../../train/machine/seal.ts";
import { takeCheckpoint } from "../../../train/setup/checkpoint.ts";
import { packState } from "../../../train/saved/checkpoint.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

const tensors = () =>
  new Map<string, RawTensor>([
    ["weight", { dtype: "f32", shape: [2, 2], data: Float32Array.of(1, -2, 0, 1e-3) }],
    ["steps", { dtype: "i32", shape: [1], data: Int32Array.of(7) }],
  ]);

/** The same bytes with one bit flipped. @param bit Its place, from the first byte's lowest. */
function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const other = bytes.slice();
  other[bit >> 3] ^= 1 << (bit & 7);
  return other;
}

/** True if a file is refused: by its seal, or as no safetensors file at all. */
function isRefused(bytes: Uint8Array): boolean {
  if (sealOf(bytes) === "changed") return true;
  try {
    parseSafetensors(bytes);
    return false;
  } catch {
    return true;
  }
}

Deno.test("seal: a sealed file is a safetensors file of the same tensors and texts, with one text more", () => {
  const texts = { names: '["cat", "sha256:", "größe"]', empty: "" };
  const bytes = writeSealed(tensors(), texts);
  const { state, metadata: { sha256, ...others } } = parseSafetensors(bytes);
  assertEquals([state, others], [tensors(), texts]);
  assert(/^sha256:[0-9a-f]{64}$/.test(sha256));
  assertEquals(writeSealed(tensors(), texts), bytes);
  assertEquals(sealOf(bytes), "intact");
  assertEquals(sealOf(writeSafetensors(tensors(), texts)), "unsealed");
  assertEquals(sealOf(writeSafetensors(tensors(), { sha256 })), "changed"); // another file's seal
  for (const other of ["", "sha256:", sha256.slice(0, -1), `${sha256}0`]) {
    assertEquals(sealOf(writeSafetensors(tensors(), { sha256: other })), "changed");
  }
});

Deno.test("seal: it is the SHA-256 of all bytes, its own digits read as zeros", () => {
  const bytes = writeSealed(tensors(), { step: "3" });
  const digits = parseSafetensors(bytes).metadata.sha256.slice("sha256:".length);
  const zeroed = Buffer.from(bytes);
  zeroed.write("0".repeat(64), zeroed.indexOf(digits));
  assertEquals(digits, createHash("sha256").update(zeroed).digest("hex"));
});

Deno.test("seal: every single flipped bit is found, in header, seal and tensors", () => {
  const bytes = writeSealed(tensors(), { program: "everyclass", step: "3" });
  const missed = Array.from({ length: 8 * bytes.length }, (_, bit) => bit)
    .filter((bit) => !isRefused(flipped(bytes, bit)));
  assertEquals(missed, []);
});

Deno.test("seal: a file that was cut short or made longer is found", () => {
  const bytes = writeSealed(tensors(), { step: "3" });
  for (let length = 0; length < bytes.length; length++) {
    assert(isRefused(bytes.subarray(0, length)), `${length}`);
  }
  assert(isRefused(Uint8Array.of(...bytes, 0)));
});

Deno.test("a damaged checkpoint is refused in one sentence, by the library and by the command line", async () => {
  const { setup } = await problem.setUp();
  using _setup = setup;
  const bytes = packState(setup.stage1, setup, {}, { recipe: null });
  takeCheckpoint("model", bytes, setup.network);
  for (let i = 0; i < 200; i++) {
    const bit = Math.floor((i + 0.5) / 200 * 8 * bytes.length);
    assertThrows(() => takeCheckpoint("model", flipped(bytes, bit), setup.network), Error, "model");
  }
  const path = problem.path("damaged.safetensors");
  for (const share of [0.02, 0.6]) {
    await Deno.writeFile(path, flipped(bytes, Math.floor(share * 8 * bytes.length)));
    const args = ["evaluate", ...problem.flags("out", "", { checkpoint: path })];
    const { code, err } = await everyclass(args, undefined, problem.path("cache"));
    assertEquals(code, 1, err);
    const told = err.slice(err.indexOf("error: "));
    if (share > 0.5) {
      assertStringIncludes(told, `Cannot use the checkpoint ${path}: it takes the bytes whose SHA-256`);
    }
    assertEquals(told.trimEnd().split("\n").length, 1, told);
  }
});
