import { gzipSync } from "node:zlib";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { loadDataset, MissingDataError } from "../../../data/mod.ts";
import { decodeIdx, encodeIdx } from "../../../data/containers/idx.ts";
import { temporaryFolder } from "../helpers.ts";

const NAMES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

/** Four small files in IDX: 3 training images of 2 x 4, 2 test images. */
function small(): Uint8Array[] {
  return [
    encodeIdx([3, 2, 4], Uint8Array.from({ length: 24 }, (_, i) => i * 10)),
    encodeIdx([3], Uint8Array.of(0, 2, 1)),
    encodeIdx([2, 2, 4], Uint8Array.from({ length: 16 }, (_, i) => i)),
    encodeIdx([2], Uint8Array.of(1, 1)),
  ];
}

async function write(folder: string, files: Uint8Array[], suffix = ""): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [i, bytes] of files.entries()) await Deno.writeFile(`${folder}/${NAMES[i]}${suffix}`, bytes);
}

Deno.test("IDX is the format of MNIST's files", () => {
  const bytes = encodeIdx([2, 1, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
  assertEquals(Array.from(bytes), [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
  assertEquals(decodeIdx(bytes, [3], "x"), { shape: [2, 1, 3], items: Uint8Array.of(1, 2, 3, 4, 5, 6) });
});

Deno.test("idx loads the four files, plain or packed, from the folder or where MNIST's usual tools put them", async () => {
  await using folder = await temporaryFolder();
  await write(`${folder.path}/a`, small());
  await write(`${folder.path}/b/mnist`, small().map((bytes) => gzipSync(bytes)), ".gz");
  await write(`${folder.path}/c/MNIST/raw`, small());
  for (const dir of ["a", "b", "c"]) {
    const { train, test, classNames, numbered, mean, std } = await loadDataset(
      "idx",
      `${folder.path}/${dir}`,
    );
    assertEquals([train.count, train.height, train.width, train.channels], [3, 2, 4, 1]);
    assertEquals(Array.from(train.images), Array.from({ length: 24 }, (_, i) => i * 10));
    assertEquals([Array.from(train.labels), Array.from(test.labels)], [[0, 2, 1], [1, 1]]);
    assertEquals([test.count, test.images[15]], [2, 15]);
    assertEquals([classNames, numbered], [["0", "1", "2"], true]);
    assert([train.images, train.labels, test.images].every((a) => a.buffer instanceof SharedArrayBuffer));
    // Mean of 0, 10 … 230 is 115, their variance 100 (24^2 - 1) / 12; float64 sums of 24 terms.
    assertAlmostEquals(mean[0], 115 / 255, 1e-12);
    assertAlmostEquals(std[0], Math.sqrt(100 * (24 ** 2 - 1) / 12) / 255, 1e-12);
  }
});

Deno.test("idx takes colour images in four dimensions, and the names of the classes beside them", async () => {
  await using folder = await temporaryFolder();
  const [, trainLabels, , testLabels] = small();
  const pixels = (count: number): Uint8Array => Uint8Array.from({ length: count * 6 }, (_, i) => i % 3 * 51);
  await write(folder.path, [
    encodeIdx([3, 2, 1, 3], pixels(3)),
    trainLabels,
    encodeIdx([2, 2, 1, 3], pixels(2)),
    testLabels,
  ]);
  await Deno.writeTextFile(`${folder.path}/classes.txt`, "ant\nbee\ncat\r\ndog\n");
  const { train, classNames, numbered, mean, std } = await loadDataset("idx", folder.path);
  assertEquals([train.height, train.width, train.channels], [2, 1, 3]);
  assertEquals([classNames, numbered], [["ant", "bee", "cat", "dog"], false]);
  for (const c of [0, 1, 2]) {
    assertAlmostEquals(mean[c], c * .2, 1e-12);
    assertEquals(std[c], 1); // equal pixels have no deviation to divide by
  }
});

Deno.test("idx says what is missing", async () => {
  await using folder = await temporaryFolder();
  await assertRejects(
    () => loadDataset("idx", folder.path),
    MissingDataError,
    `current ${folder.path} has none of them`,
  );
  await assertRejects(() => loadDataset("idx", null), MissingDataError, "current is none");
  await write(folder.path, small().slice(0, 3));
  await assertRejects(
    () => loadDataset("idx", folder.path),
    MissingDataError,
    `${folder.path}/${NAMES[3]}: it takes all`,
  );
});

Deno.test("idx refuses files that are damaged or do not belong together", async () => {
  await using folder = await temporaryFolder();
  const cases: [number, Uint8Array, typeof SyntaxError | typeof RangeError, string][] = [
    [0, small()[0].subarray(0, 30), SyntaxError, "24 bytes for sizes 3 x 2 x 4, current are 14"],
    [0, small()[0].subarray(0, 9), SyntaxError, "current are 0: the file is cut short"],
    [0, new Uint8Array(), SyntaxError, "current are none: it is no IDX file of images"],
    [0, small()[1], SyntaxError, "magic bytes 0 0 8 3 or 4, current are 0 0 8 1"],
    [
      0,
      encodeIdx([0, 2, 4], new Uint8Array()),
      SyntaxError,
      "one image or more, current sizes are 0 x 2 x 4",
    ],
    [1, small()[0], SyntaxError, "magic bytes 0 0 8 1, current are 0 0 8 3: it is no IDX file of labels"],
    [1, encodeIdx([2], Uint8Array.of(0, 2)), SyntaxError, "3 labels, as many as images, current are 2"],
    [
      2,
      encodeIdx([2, 4, 2], new Uint8Array(16)),
      SyntaxError,
      "2 x 4 x 1 as in the training set, current are 4 x 2 x 1",
    ],
    [3, encodeIdx([2], Uint8Array.of(0, 3)), RangeError, "labels from 0 to 2, current label of image 1 is 3"],
  ];
  for (const [file, bytes, kind, message] of cases) {
    await write(folder.path, small().with(file, bytes));
    const error = await assertRejects(() => loadDataset("idx", folder.path), kind, message);
    assert(error.message.includes(NAMES[file]), error.message);
  }
  await write(folder.path, small());
  await Deno.remove(`${folder.path}/${NAMES[0]}`);
  const packed = gzipSync(small()[0]);
  await Deno.writeFile(`${folder.path}/${NAMES[0]}.gz`, packed.subarray(0, packed.length - 9));
  await assertRejects(() => loadDataset("idx", folder.path), SyntaxError, "it takes a whole gzip file");
  assertThrows(
    () => decodeIdx(Uint8Array.of(0, 0, 13, 3, 0), [3], "floats"),
    SyntaxError,
    "current are 0 0 13 3",
  );
});
