import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  CheckpointError,
  parseCheckpoint,
  parseTorch,
  writeSafetensors,
} from "../../../formats/checkpoint/mod.ts";
import { expected, fixture, plain, plainExpected } from "../fixtures.ts";

for (
  const [name, format] of [
    ["types.pt", "torch"],
    ["types_legacy.pth", "torch-legacy"],
    ["types.safetensors", "safetensors"],
  ]
) {
  Deno.test(`parseCheckpoint takes ${name} for ${format}, whatever its name`, () => {
    const checkpoint = parseCheckpoint(fixture(name));
    assertEquals(checkpoint.format, format);
    assertEquals(plain(checkpoint.state), plainExpected(expected[name]));
  });
}

Deno.test("parseCheckpoint takes the part of a safetensors file that is named", () => {
  const tensor = { shape: [1], dtype: "f32" as const, data: Float32Array.of(5) };
  const bytes = writeSafetensors(new Map([["ema.fc.bias", tensor], ["fc.bias", tensor]]));
  const { state, entries } = parseCheckpoint(bytes, { entries: ["ema"] });
  assertEquals([[...state.keys()], entries], [["fc.bias"], ["ema"]]);
  assertThrows(
    () => parseCheckpoint(bytes, { entries: ["em"] }),
    CheckpointError,
    "Cannot find em in the checkpoint: it takes the beginning of names",
  );
});

const lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 1939917\n";
for (
  const [file, message] of [
    [text(""), "an empty file"],
    [text("<!DOCTYPE html>\n<html><body>Google Drive - Virus scan warning</body></html>"), "an HTML page"],
    [text("\n<html>"), "an HTML page"],
    [text(lfs), "a git-lfs pointer"],
    [text(`{"error": "Repository not found"}`), "a JSON text"],
    [text("Überlastet, bitte später"), `a text: "`],
    [new Uint8Array(64), "zeros only"],
    [new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]), "a gzip file"],
    [tar(), "a tar archive"],
    [new Uint8Array([0x80, 4, 0x95, 0, 0]), "a Python pickle, but not one that torch.save wrote"],
    [new Uint8Array([0x93, ...text("NUMPY"), 1, 0]), "a NumPy array"],
    [new Uint8Array([1, 2, 3]), "a file of another kind"],
  ] as const
) {
  Deno.test(`parseCheckpoint says what the file looks like: ${message}`, () => {
    for (const parse of [parseCheckpoint, parseTorch]) {
      const error = assertThrows(() => parse(file), CheckpointError);
      assertStringIncludes(error.message, `current one looks like ${message}`);
    }
  });
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function tar(): Uint8Array {
  const bytes = new Uint8Array(1024);
  bytes.set(text("model.pth"));
  bytes.set(text("ustar"), 257);
  return bytes;
}
