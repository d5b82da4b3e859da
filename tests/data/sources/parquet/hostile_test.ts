// Parquet files that say what is not so: refused, in bounded time and memory.
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { join } from "node:path";
import { type ParquetLimits, ParquetReader } from "../../../../data/sources/parquet/reader.ts";
import { temporaryFolder } from "../../helpers.ts";

const fixture = Deno.readFileSync(
  new URL("../../../fixtures/data/parquet/test-00000-of-00001.parquet", import.meta.url),
);

/** Where the header of the one page of labels begins in the fixture, and the page: three values of 8 bytes. */
const [HEADER, PAGE] = [551, 614];

/** Far more than a test takes: a limit that is met is another one. */
const AMPLE: ParquetLimits = { seconds: 600, heap: 512 };

/** Reads the labels of a file. */
async function labelsOf(file: Uint8Array, limits: ParquetLimits) {
  await using folder = await temporaryFolder();
  await using reader = new ParquetReader(limits);
  const path = join(folder.path, "train.parquet");
  await Deno.writeFile(path, file);
  return await reader.ask("labels", { path });
}

/** Reads the labels of the fixture with other bytes at a place. */
async function labels(at: number, bytes: readonly number[], limits = AMPLE) {
  const file = fixture.slice();
  file.set(bytes, at);
  return await labelsOf(file, limits);
}

async function refused(at: number, bytes: readonly number[], limits?: ParquetLimits): Promise<string> {
  return (await assertRejects(() => labels(at, bytes, limits), SyntaxError)).message;
}

Deno.test("a page of labels is read where its header and the file agree", async () => {
  assertEquals(Array.from(fixture.subarray(HEADER, HEADER + 9)), [21, 0, 21, 60, 21, 60, 44, 21, 6]);
  assertEquals(await labels(HEADER, [21, 0]), [1, 2, 0]);
});

Deno.test("a page header without the lengths that it owes is refused, at which the reader went round for ever", async () => {
  // Fields of a struct: their distance and kind, then a number times two. A page of version 2 with 3 values, 0 nulls,
  // 3 rows and plain encoding; the lengths of its levels are not there.
  const values = [21, 6, 21, 0, 21, 6, 21, 0, 0];
  const message = await refused(HEADER, [21, 6, 21, 60, 21, 60, 0x5c, ...values, 0]);
  assertStringIncludes(message, "Cannot read train.parquet in ");
  assertStringIncludes(message, "has 0 nulls of 3 values, NaN bytes of levels");
});

Deno.test("pages of more values than rows, of sizes beyond their column, and dictionaries are refused", async () => {
  const varint = (value: number) => [value & 127 | 128, value >> 7 & 127 | 128, value >> 14];
  const cases: [number[], string][] = [
    [[21, 0, 21, 60, 21, 60, 44, 21, 8], "a column has 4 values or more in 3 rows"],
    [[21, 0, 21, 60, 21, 61, 44, 21, 6], "the page at byte 0 of its column has -31 bytes"],
    [[21, 0, 21, 60, 21, ...varint(200_000)], "has 100000 bytes, unpacked 30"],
    [[21, 0, 21, 59, 21, 60, 44, 21, 6], "has 30 bytes, unpacked -30"],
    [[21, 0, 21, 0xfe, 0xff, 0xff, 0xff, 0x0f, 21, 60], "its pages unpack to 2147483647 bytes or more"],
    [[21, 0, 21, 60, 21, 60, 44, 21, 6, 21, 14], "the encoding DELTA_BYTE_ARRAY"],
    [[21, 4, 21, 60, 21, 60, 0x4c, 21, 62, 21, 0, 0, 0], "has 31 values in 30 bytes"],
  ];
  for (const [bytes, words] of cases) assertStringIncludes(await refused(HEADER, bytes), words);
});

Deno.test("a row group of more rows than the file has bytes is refused", async () => {
  // The footer's row group ends with its bytes, 640, and its rows, 3; here it has 0 bytes and 8128 rows.
  const at = fixture.findLastIndex((_, i) =>
    [22, 0x80, 10, 22, 6].every((byte, j) => fixture[i + j] === byte)
  );
  const words = `a row group has 8128 rows, the file ${fixture.length} bytes`;
  assertStringIncludes(await refused(at, [22, 0, 22, 0x80, 0x7f]), words);
});

Deno.test("a run of more values than its page has is refused, which the reader wrote out by the gigabyte", async () => {
  const words = "a run of 2147483647 values is in a page of 3";
  assertStringIncludes(await refused(PAGE + 4, [0xfe, 0xff, 0xff, 0xff, 0x0f, 1]), words);
});

/** Codecs by the numbers of their names, and what packs by them. */
const CODECS: Record<string, [number: number, pack: (bytes: Uint8Array) => Uint8Array]> = {
  GZIP: [2, gzipSync],
  BROTLI: [4, brotliCompressSync],
  ZSTD: [6, zstdCompressSync],
};

Deno.test("a page that holds more than it states is not unpacked beyond that, whatever packed it", async () => {
  const page = fixture.subarray(PAGE, PAGE + 30);
  for (const [name, [codec, pack]] of Object.entries(CODECS)) {
    assertEquals(await labelsOf(packed(codec, pack(page)), AMPLE), [1, 2, 0], name);
    const bomb = new Uint8Array(2 ** 26);
    bomb.set(page);
    const labels = labelsOf(packed(codec, pack(bomb)), AMPLE);
    // GZIP's ends at the bytes that are stated.
    if (name === "GZIP") assertEquals(await labels, [1, 2, 0]);
    else assertMatch((await assertRejects(() => labels, SyntaxError)).message, /cut short or damaged$/);
  }
});

/** The fixture with its page of labels packed. */
function packed(codec: number, page: Uint8Array): Uint8Array {
  const varint = (value: number) => [2 * value & 127 | 128, value >> 6 & 127 | 128, value >> 13];
  const header = [...fixture.subarray(HEADER, HEADER + 5), ...varint(page.length)];
  header.push(...fixture.subarray(HEADER + 6, PAGE));
  // The footer has codec, values, and bytes of the column before and after packing: 93 both.
  const facts = [21, 0, 22, 6, 22, 0xba, 1, 22, 0xba, 1];
  const at = fixture.findLastIndex((_, i) => facts.every((byte, j) => fixture[i + j] === byte));
  const own = [21, 2 * codec, ...facts.slice(2, 8), ...varint(header.length + page.length)];
  const [before, rest] = [fixture.subarray(PAGE + 30, at), fixture.slice(at + facts.length)];
  const view = new DataView(rest.buffer);
  view.setUint32(rest.length - 8, view.getUint32(rest.length - 8, true) + own.length - facts.length, true);
  return new Uint8Array([...fixture.subarray(0, HEADER), ...header, ...page, ...before, ...own, ...rest]);
}

Deno.test("a file beyond the reader's memory or time ends its Worker alone, and is refused", async () => {
  const rest = "current labels take more: the file is damaged, or its row groups are far too large";
  for (
    const [file, limits] of [
      [emptyStructs(2 ** 21), { seconds: 10, heap: 64 }],
      [fixture, { seconds: 0, heap: 512 }],
    ] as const
  ) {
    const { seconds, heap } = limits;
    const words = `it takes ${seconds} seconds and ${heap} MiB for the values of a row group, ${rest}`;
    const { message } = await assertRejects(() => labelsOf(file, limits), SyntaxError);
    assertStringIncludes(message, words);
  }
});

Deno.test("a column that a row group has twice is refused, of which the package left one without anybody to hear its error", async () => {
  assertStringIncludes(
    (await assertRejects(() => labelsOf(twoLabels(), AMPLE), SyntaxError)).message,
    "current is cut short or damaged: a row group has label twice",
  );
});

/** The chunks of `image.path` and of `label` in the fixture's footer, and the type of the values of the latter. */
const [PATH, LABEL, TYPE, REST] = [960, 1037, 1041, 1132];

/** The fixture with `label` in place of `image.path`, and behind it the chunk of `label` with a type that lacks its length. */
function twoLabels(): Uint8Array {
  assertEquals(new TextDecoder().decode(fixture.subarray(TYPE + 8, TYPE + 13)), "label");
  const broken = fixture.slice(LABEL);
  broken[TYPE - LABEL] = 14;
  const file = new Uint8Array([...fixture.subarray(0, PATH), ...fixture.subarray(LABEL, REST), ...broken]);
  const view = new DataView(file.buffer);
  view.setUint32(file.length - 8, view.getUint32(file.length - 8, true) + file.length - fixture.length, true);
  return file;
}

/** The fixture with a list of empty structs, each a byte, in its footer. */
function emptyStructs(count: number): Uint8Array {
  const end = fixture.length - 8;
  const varint = [count & 127 | 128, count >> 7 & 127 | 128, count >> 14 & 127 | 128, count >> 21];
  const list = new Uint8Array(6 + count);
  list.set([0xf9, 0xfc, ...varint]);
  const file = new Uint8Array(fixture.length + list.length);
  file.set(fixture.subarray(0, end - 1)); // before the 0 at the end of the footer
  file.set(list, end - 1);
  file.set(fixture.subarray(end - 1), end - 1 + list.length);
  const view = new DataView(file.buffer);
  view.setUint32(file.length - 8, view.getUint32(file.length - 8, true) + list.length, true);
  return file;
}
