import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { CheckpointError, parseCheckpoint, parseTorch } from "../../../formats/checkpoint/mod.ts";
import { sharedCheckpoints } from "../../shared.ts";
import { expected, fixture, plain, plainExpected } from "../fixtures.ts";

for (
  const [name, format] of [
    ["types.pt", "torch"],
    ["types_legacy.pth", "torch-legacy"],
    ["layouts.pt", "torch"],
    ["layouts_legacy.pth", "torch-legacy"],
    ["deflated.pt", "torch"],
    ["big_endian.pt", "torch"],
    ["view_legacy.pth", "torch-legacy"],
  ]
) {
  Deno.test(`parseTorch reads ${name} as PyTorch does`, () => {
    const checkpoint = parseTorch(fixture(name));
    assertEquals(checkpoint.format, format);
    assertEquals(plain(checkpoint.state), plainExpected(expected[name]));
  });
}

for (const name of ["run.pth.tar", "run_legacy.th"]) {
  Deno.test(`parseTorch finds the weights in ${name} and says what stands beside them`, () => {
    const { state, metadata, leftOut, entries } = parseTorch(fixture(name));
    assertEquals(plain(state), plainExpected(expected[name]));
    assertEquals({ metadata, leftOut, entries }, {
      metadata: expected[name].metadata!,
      leftOut: expected[name].leftOut!,
      entries: ["state_dict"],
    });
  });
}

Deno.test("parseTorch joins the dictionaries that the caller names", () => {
  const file = fixture("two_networks.pt");
  const entries = ["state_dict_best.feat_model", "state_dict_best.classifier"];
  const checkpoint = parseTorch(file, { entries });
  assertEquals(plain(checkpoint.state), plainExpected(expected["two_networks.pt"]));
  assertEquals(checkpoint.entries, entries);
  assertEquals(checkpoint.metadata, { epoch: "1" });
  assertEquals(checkpoint.layout, null);
  const error = assertThrows(() => parseTorch(file, { entries: ["classifier"] }), CheckpointError);
  assertStringIncludes(error.message, "Cannot find classifier in the checkpoint");
});

Deno.test("parseTorch reads a Node Buffer and a view into a larger buffer alike", () => {
  const file = fixture("types.pt");
  const larger = new Uint8Array(file.length + 3);
  larger.set(file, 3);
  assertEquals(plain(parseTorch(Buffer.from(file)).state), plainExpected(expected["types.pt"]));
  assertEquals(plain(parseTorch(larger.subarray(3)).state), plainExpected(expected["types.pt"]));
});

Deno.test("a parsed tensor does not share memory with the file", () => {
  const file = fixture("floats.pt");
  const { state } = parseTorch(file);
  file.fill(0);
  assertEquals(plain(state), plainExpected(expected["floats.pt"]));
});

for (
  const [name, global, cause] of [
    ["calls_system.pt", "posix.system", "loading it in Python would run code"],
    ["calls_eval.pth", "__builtin__.eval", "loading it in Python would run code"],
    ["loads_bytes.pt", "torch.storage._load_from_bytes", "save the weights alone"],
    ["whole_model.pt", "torch.nn.modules.linear.Linear", "save the weights alone"],
  ]
) {
  Deno.test(`parseTorch refuses ${name} and names ${global}`, () => {
    const error = fails(fixture(name), `names ${global}, which is refused`);
    assertStringIncludes(error.message, cause);
  });
}

Deno.test("parseTorch says what holds no state dict", () => {
  fails(fixture("lone_tensor.pt"), "current is a single tensor");
  fails(fixture("script.pt"), "this is a TorchScript program");
  fails(fixture("too_large.pt"), "Cannot narrow w to f32");
});

Deno.test("parseTorch says that a file is cut short, wherever it is cut", () => {
  for (const name of ["types.pt", "types_legacy.pth"]) {
    const file = fixture(name);
    for (let length = 0; length < file.length; length += 7) {
      assertThrows(() => parseTorch(file.subarray(0, length)), CheckpointError);
    }
    fails(file.subarray(0, -1), "cut short");
  }
});

Deno.test("parseTorch finds one changed byte anywhere in the weights of a zip file", () => {
  const file = fixture("floats.pt");
  const at = indexOf(file, new Uint8Array(new Float32Array([0.1, -2.5]).buffer));
  for (let byte = at; byte < at + 8; byte++) {
    const damaged = file.slice();
    damaged[byte] ^= 1;
    fails(damaged, "with the checksum of the directory");
  }
});

Deno.test("parseTorch of a damaged file gives a CheckpointError or tensors, never another error", () => {
  let refused = 0;
  for (const name of ["types_legacy.pth", "run_legacy.th", "layouts.pt", "deflated.pt"]) {
    const file = fixture(name);
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] ^= 1 << at % 8;
      try {
        parseTorch(damaged);
      } catch (error) {
        assert(error instanceof CheckpointError, `${name}, byte ${at}: ${(error as Error).stack}`);
        refused++;
      }
    }
  }
  assert(refused > 1000);
});

for (
  const [file, sum] of [
    ["ce", 1327615.2349851765],
    ["bsce", 1327332.2444387197],
    ["mislas", 552325.8530805464],
  ] as const
) {
  Deno.test({
    name:
      `parseCheckpoint reads the published ${file}.pt, with PyTorch's sum of all numbers (needs ../shared)`,
    ignore: sharedCheckpoints === null,
    fn() {
      const path = `${sharedCheckpoints}/cifar100-lt-ir100-resnet32-${file}.pt`;
      const { state } = parseCheckpoint(Deno.readFileSync(path));
      assertEquals(state.size, 188);
      assertEquals(state.get("conv1.weight")?.shape, [16, 3, 3, 3]);
      assertEquals(state.get("linear.weight")?.shape, [100, 64]);
      let total = 0;
      for (const { data } of state.values()) for (const value of data) total += Number(value);
      // 464,000 numbers added in float64, in another order than PyTorch's
      assert(Math.abs(total - sum) < 1e-6, `${total}`);
    },
  });
}

function fails(file: Uint8Array, message: string): CheckpointError {
  return assertThrows(() => parseTorch(file), CheckpointError, message);
}

function indexOf(file: Uint8Array, part: Uint8Array): number {
  const at = file.findIndex((_, i) => part.every((byte, j) => file[i + j] === byte));
  assert(at >= 0);
  return at;
}
