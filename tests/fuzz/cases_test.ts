// Files that took too long, too much memory or a raw error, as `deno task test:fuzz` and a look at the readers found them.
// Each is refused, or read, within a second on a free machine; they took ten seconds or minutes.

import { assert, assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { Faults } from "../../data/base/faults.ts";
import { samePixels } from "../../data/duplicates/same_pixels.ts";
import { newImageSet } from "../../data/mod.ts";
import { parseAnnotations } from "../../data/sources/annotations.ts";
import { parseTable } from "../../data/sources/label_table.ts";
import { parseList } from "../../data/sources/list_file.ts";
import { parseCheckpoint } from "../../formats/checkpoint/mod.ts";
import { parseNpy } from "../../formats/numpy/mod.ts";
import { unpickle } from "../../formats/pickle/mod.ts";
import { parseYaml } from "../../train/config/yaml.ts";
import { evaluationKeys } from "../../train/model/recipe.ts";
import { fielded } from "./formats/zip.ts";

/** Time of a reading on a machine that is busy with other tests. */
const MS = 4000;

const encode = (text: string) => new TextEncoder().encode(text);

/** A safetensors file of a header. */
function headed(header: string): Uint8Array {
  const text = encode(header);
  const file = new Uint8Array(8 + text.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** A checkpoint in the zip format with this pickle. */
function pickled(pickle: string): Uint8Array {
  const bytes = Uint8Array.from(pickle, (character) => character.charCodeAt(0));
  return fielded([["a/data.pkl", bytes]], () => true).w.bytes;
}

/** A key of a dictionary, in a pickle. */
const key = (text: string) =>
  `X${String.fromCharCode(text.length & 255, text.length >> 8 & 255, text.length >> 16, 0)}${text}`;

async function listed(read: (faults: Faults) => unknown): Promise<unknown> {
  const faults = new Faults("the list a");
  const value = await read(faults);
  Faults.throwAny(faults);
  return value;
}

/** A reading, and words of its error; null where the file is read. */
const cases: readonly [name: string, read: () => unknown, words: string | null][] = [
  ["a config of brackets", () => parseYaml("[".repeat(60_000)), "nested 32 deep at most"],
  [
    "a config of braces",
    () => parseYaml("{a: ".repeat(9000) + "1" + "}".repeat(9000)),
    "nested 32 deep at most",
  ],
  ["a config of dashes", () => parseYaml("- ".repeat(30_000)), "nested 32 deep at most"],
  ["a config of forty levels", () => parseYaml("[".repeat(40) + "]".repeat(40)), "nested 32 deep at most"],
  ["a config that holds itself", () => parseYaml("a: &a [*a]"), "at most"],
  [
    "a config that merges thousands of keys thousands of times",
    () =>
      parseYaml(
        `a: &a {${"k%: 1, ".repeat(3000).replace(/%/g, (_, at) => String(at))}}\nb: {<<: [${
          "*a,".repeat(5000)
        }]}`,
      ),
    "100 aliases at most",
  ],
  [
    "a header of brackets",
    () => parseCheckpoint(headed('{"a":' + "[".repeat(2_000_000))),
    "nested 64 deep at most",
  ],
  [
    "a header with a text of millions of escapes",
    () => parseCheckpoint(headed(`{"__metadata__":{"a":"${"\\n".repeat(2_000_000)}"}}`)),
    null,
  ],
  [
    "a line with a run of spaces amid",
    () => listed((faults) => parseList(`a${" ".repeat(200_000)}b 1`, "a", {}, faults)),
    null,
  ],
  [
    "a table of rows shorter than the first",
    () => listed((faults) => parseTable("filename,label\n" + "a\n".repeat(200_000), "a", {}, faults)),
    "rows with a path and a label",
  ],
  [
    "annotations whose ids are nested",
    () =>
      listed((faults) => {
        const ids = "[".repeat(90_000) + "]".repeat(90_000);
        const text =
          `{"images":[{"id":${ids},"file_name":1}],"annotations":[{"image_id":1,"category_id":${ids}}]}`;
        return parseAnnotations(text, {}, faults, () => {});
      }),
    "nested 64 deep at most",
  ],
  [
    "a pickle of empty lists",
    () => unpickle(new Uint8Array(1_000_000).fill(0x5d), { globals: {} }),
    "hardly anything but empty",
  ],
  [
    "a pickle that remembers the same millions of times",
    () => unpickle(Uint8Array.from({ length: 1_500_000 }, (_, i) => i ? 0x94 : 0x4e), { globals: {} }),
    "hardly anything but empty",
  ],
  [
    "a checkpoint of tens of thousands of dictionaries",
    () =>
      parseCheckpoint(
        pickled(`\x80\x02}(${Array.from({ length: 30_000 }, (_, i) => `${key(String(i))}}`).join("")}u.`),
      ),
    "Cannot find the weights",
  ],
  [
    "a checkpoint of dictionaries below a name of a hundred thousand letters",
    () => {
      const inner = Array.from({ length: 20_000 }, (_, i) => `${key(String(i))}}`).join("");
      return parseCheckpoint(pickled(`\x80\x02}${key("x".repeat(100_000))}}(${inner}us.`));
    },
    "Cannot find the weights",
  ],
  [
    "a checkpoint of a tuple in a tuple, 200,000 deep",
    () => parseCheckpoint(pickled(`\x80\x02K\x01${"\x85".repeat(200_000)}.`)),
    "Cannot find the weights",
  ],
  [
    "an array of big-endian numbers that unpacks from little",
    () => parseNpy(bigEndian(24 * 2 ** 20)),
    null,
  ],
  [
    "a tensor whose name is dots",
    () =>
      parseCheckpoint(headed(`{"${".".repeat(200_000)}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`)),
    "names of 1000 letters",
  ],
  ["images by the thousand with one checksum", () => samePixels([oneChecksum(40_000)]), null],
  ["a recipe that is no config", () => evaluationKeys({ program: "everyclass", config: "3" }), null],
  [
    "a recipe that is no YAML",
    () => evaluationKeys({ program: "everyclass", config: "[".repeat(9000) }),
    null,
  ],
];

function bigEndian(bytes: number): Uint8Array {
  const header = `{'descr': '>f2', 'fortran_order': False, 'shape': (${bytes / 2},), }\n`;
  const file = new Uint8Array(10 + header.length + bytes);
  file.set([0x93, ...encode("NUMPY"), 1, 0, header.length, 0]);
  file.set(encode(header), 10);
  return file;
}

/** So many images of 8 pixels, all different, with the same CRC-32: each ends with the CRC-32 of what is before. */
function oneChecksum(count: number) {
  const set = newImageSet(count, 1, 8, 1, ["0"]);
  const view = new DataView(set.images.buffer);
  for (let i = 0; i < count; i++) {
    view.setUint32(8 * i, i);
    view.setUint32(8 * i + 4, crc32(set.images.subarray(8 * i, 8 * i + 4)), true);
  }
  return set;
}

for (const [name, read, words] of cases) {
  Deno.test(`hostile files: ${name}`, async () => {
    let message: string | null = null;
    let best = Infinity;
    for (let attempt = 0; attempt < 3 && best > MS; attempt++) { // a busy machine may hold one up
      const start = performance.now();
      try {
        await read();
      } catch (error) {
        message = (error as Error).message;
      }
      best = Math.min(best, performance.now() - start);
    }
    if (words === null) assertEquals(message, null);
    else assert(message?.includes(words), message ?? "it was read");
    assert(best <= MS, `${Math.round(best)} ms`);
  });
}
