import { assertEquals, assertThrows } from "@std/assert";
import { writeZip } from "../../../formats/zip/write_zip.ts";
import { ZipArchive } from "../../../formats/zip/zip.ts";

const files = new Map(
  ["a", "folder/ä", "none"].map((name, i) => [name, new Uint8Array(i < 2 ? 10 + 91 * i : 0).fill(i)]),
);

for (const alignment of [1, 2, 64, 100]) {
  Deno.test(`writeZip: files begin at multiples of ${alignment}, and ZipArchive reads them`, () => {
    const archive = new ZipArchive(writeZip(files, alignment));
    assertEquals(archive.names, [...files.keys()]);
    for (const [name, bytes] of files) {
      assertEquals(archive.read(name), bytes);
      assertEquals(archive.read(name).byteOffset % alignment, 0, name);
    }
  });
}

Deno.test("writeZip gives the same bytes each time, without padding where none is asked for", () => {
  assertEquals(writeZip(files, 64), writeZip(files, 64));
  const names = new TextEncoder().encode([...files.keys()].join("")).length;
  assertEquals(writeZip(files).length, 22 + 3 * (30 + 46) + 2 * names + 10 + 101);
});

Deno.test("writeZip refuses what plain zip cannot count, before it copies any of the files", () => {
  const quarter = new Uint8Array(2 ** 30);
  const large = new Map(["a", "b", "c", "d"].map((name) => [name, quarter]));
  assertThrows(() => writeZip(large), RangeError, "current are 4 files and 4294967420 bytes: write several");
  const many = new Map(Array.from({ length: 65535 }, (_, i) => [`file ${i}`, new Uint8Array()]));
  assertThrows(() => writeZip(many), RangeError, "takes fewer than 65535 files");
});
