import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { strToU8, zipSync } from "fflate";
import { CheckpointError } from "../../../formats/tensors/checkpoint_error.ts";
import { ZipArchive } from "../../../formats/zip/zip.ts";

const text = "abc".repeat(100);
const files = { "m/data.pkl": strToU8(text), "m/version": strToU8("3\n") };
const stored = zipSync(files, { level: 0 });
const deflated = zipSync(files, { level: 9 });
const twins = zipSync({ a: strToU8("1"), b: strToU8("2") }, { level: 0 });
/** The directory's entry of the first file, and the end of the archive. */
const entryOf = (zip: Uint8Array) => new DataView(zip.buffer).getUint32(zip.length - 22 + 16, true);

Deno.test("ZipArchive reads stored and deflated files, also before a comment", () => {
  const comment = new Uint8Array([...stored, ...strToU8("a comment")]);
  new DataView(comment.buffer).setUint16(stored.length - 2, 9, true);
  for (const zip of [stored, deflated, comment]) {
    const archive = new ZipArchive(zip);
    assertEquals(archive.names, ["m/data.pkl", "m/version"]);
    assertEquals(new TextDecoder().decode(archive.read("m/data.pkl")), text);
    assertEquals(archive.has("m/data/0"), false);
  }
});

for (
  const [fault, zip, message] of [
    ["a file that is missing", stored, "takes a file m/data/0, current is none"],
    ["a password", patched(stored, entryOf(stored) + 8, 1), "m/data.pkl with one"],
    [
      "another method of packing",
      patched(stored, entryOf(stored) + 10, 12),
      "m/data.pkl packed by method 12",
    ],
    ["a size of 4 GiB", patched(stored, entryOf(stored) + 24, 255, 255, 255, 255), "current is zip64"],
    ["65,535 files", patched(stored, stored.length - 12, 255, 255), "current is zip64"],
    ["another size", patched(stored, entryOf(stored) + 24, 1, 0, 0, 0), "takes 1 bytes for m/data.pkl"],
    [
      "a longer file than the directory says",
      patched(deflated, entryOf(deflated) + 24, 9, 0),
      "takes 9 bytes for m/data",
    ],
    [
      "an enormous file",
      patched(deflated, entryOf(deflated) + 27, 127),
      "takes files of 67110656 bytes at most",
    ],
    ["data beyond the end", patched(stored, entryOf(stored) + 22, 1), "beyond its end"],
    ["no header where one is said to be", patched(stored, entryOf(stored) + 42, 1), "m/data.pkl at byte 1"],
    ["a directory elsewhere", patched(stored, stored.length - 6, 1, 0), "a directory entry at byte 1"],
    ["a directory beyond the end", patched(stored, stored.length - 4, 1), "a directory before its end"],
    ["a name twice", patched(twins, entryOf(twins) + 47 + 46, "a".charCodeAt(0)), "a twice"],
  ] as const
) {
  Deno.test(`ZipArchive refuses ${fault}`, () => {
    const name = fault === "a file that is missing" ? "m/data/0" : "m/data.pkl";
    const error = assertThrows(() => new ZipArchive(zip).read(name), CheckpointError);
    assertStringIncludes(error.message, message);
  });
}

function patched(zip: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = zip.slice();
  copy.set(bytes, at);
  return copy;
}
