import { gunzipSync, gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ChecksumError,
  type Dataset,
  loadDataset,
  type MemoryImages,
  MissingDataError,
} from "../../../../data/mod.ts";
import { decodePickle } from "../../../../data/sources/cifar/decode.ts";
import { CIFAR10, CIFAR100 } from "../../../../data/sources/cifar/files.ts";
import fixtures from "../../../fixtures/data/cifar_pickles.json" with { type: "json" };
import {
  channelsLast,
  cifar100Python,
  concat,
  latin1,
  planes,
  python2Batch,
  python2Names,
  text,
} from "./cifar_samples.ts";
import { temporaryFolder } from "../../helpers.ts";

async function write(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, bytes);
}

function tarGz(folder: string, files: Record<string, Uint8Array>): Uint8Array {
  const entries = Object.entries(files).map(([name, data]) => ({ name: `${folder}/${name}`, data }));
  return gzipSync(createTar([{ name: `${folder}/` }, ...entries]));
}

/** Loads files that are not the published ones. */
const load = (source: "cifar10" | "cifar100", dir: string): Promise<Dataset<MemoryImages>> =>
  loadDataset(source, dir, { verify: false });

function assertCifar100({ train, test, classNames, mean, std }: Dataset<MemoryImages>): void {
  assertEquals([train.count, train.height, train.width, train.channels], [2, 32, 32, 3]);
  assertEquals([Array.from(train.labels), Array.from(test.labels)], [[4, 99], [0]]);
  assertEquals(Array.from(train.images), channelsLast(planes(2)));
  assertEquals(Array.from(test.images), channelsLast(planes(1, 7)));
  assertEquals([classNames.length, classNames[0], classNames[99]], [100, "class 0", "class 99"]);
  assertEquals([mean, std], [[.4914, .4822, .4465], [.2023, .1994, .2010]]);
}

Deno.test("CIFAR-100 is read from the python version: folder, folder itself, archive", async () => {
  await using folder = await temporaryFolder();
  await write(`${folder.path}/a/cifar-100-python`, cifar100Python());
  await write(`${folder.path}/b`, { "cifar-100-python.tar.gz": tarGz("cifar-100-python", cifar100Python()) });
  for (const dir of ["a", "a/", "a/cifar-100-python", "b"]) {
    assertCifar100(await load("cifar100", `${folder.path}/${dir}`));
  }
});

Deno.test("CIFAR-100 is read from the binary version, the fine label of each record", async () => {
  await using folder = await temporaryFolder();
  const record = (label: number, pixels: Uint8Array): Uint8Array => concat(Uint8Array.of(17, label), pixels);
  const files = {
    "train.bin": concat(record(4, planes(2).subarray(0, 3072)), record(99, planes(2).subarray(3072))),
    "test.bin": record(0, planes(1, 7)),
    "fine_label_names.txt": text.encode(Array.from({ length: 100 }, (_, i) => `class ${i}\n`).join("")),
  };
  await write(`${folder.path}/a/cifar-100-binary`, files);
  await write(`${folder.path}/b`, { "cifar-100-binary.tar.gz": tarGz("cifar-100-binary", files) });
  for (const dir of ["a", "a/cifar-100-binary", "b"]) {
    assertCifar100(await load("cifar100", `${folder.path}/${dir}`));
  }
});

Deno.test("CIFAR-10 is read from both versions, its five training files in order", async () => {
  await using folder = await temporaryFolder();
  const labels = [3, 1, 4, 1, 9];
  const python: Record<string, Uint8Array> = {
    test_batch: python2Batch("labels", [2], planes(1, 50)),
    "batches.meta": python2Names("label_names", 10),
  };
  const binary: Record<string, Uint8Array> = {
    "test_batch.bin": concat(Uint8Array.of(2), planes(1, 50)),
    "batches.meta.txt": text.encode(Array.from({ length: 10 }, (_, i) => `class ${i}\n`).join("") + "\n"),
  };
  for (const [i, label] of labels.entries()) {
    python[`data_batch_${i + 1}`] = python2Batch("labels", [label], planes(1, i));
    binary[`data_batch_${i + 1}.bin`] = concat(Uint8Array.of(label), planes(1, i));
  }
  await write(`${folder.path}/a/cifar-10-batches-py`, python);
  await write(`${folder.path}/b/cifar-10-batches-bin`, binary);
  for (const dir of ["a", "b"]) {
    const { train, test, classNames } = await load("cifar10", `${folder.path}/${dir}`);
    assertEquals([Array.from(train.labels), Array.from(test.labels)], [labels, [2]]);
    assertEquals(Array.from(train.images), labels.flatMap((_, i) => channelsLast(planes(1, i))));
    assertEquals(classNames, Array.from({ length: 10 }, (_, i) => `class ${i}`));
  }
});

Deno.test("a batch that Python 3 pickled anew is read, whatever the protocol and the kind of keys", () => {
  const pixels = Array.from({ length: 3 * 3072 }, (_, i) => i % 251);
  assertEquals(fixtures.length, 12);
  for (const { gzip } of fixtures) {
    const bytes = gunzipSync(Uint8Array.from(atob(gzip), (c) => c.charCodeAt(0)));
    const batch = decodePickle(bytes, CIFAR100, "train");
    assertEquals([batch.count, Array.from(batch.labels)], [3, [4, 99, 0]]);
    assertEquals(Array.from(batch.bytes), pixels);
  }
});

Deno.test("CIFAR with another checksum than the published one is refused", async () => {
  await using folder = await temporaryFolder();
  await write(`${folder.path}/cifar-100-python`, cifar100Python());
  const error = await assertRejects(() => loadDataset("cifar100", folder.path), ChecksumError);
  const expected =
    `Cannot trust ${folder.path}/cifar-100-python/meta: it takes md5 7973b15100ade9c7d40fb424638fde48, `;
  assertEquals(error.message.slice(0, expected.length), expected);
  await write(folder.path, { "cifar-10-python.tar.gz": tarGz("cifar-10-batches-py", {}) });
  await assertRejects(
    () => loadDataset("cifar10", folder.path),
    ChecksumError,
    "c58f30108f718f92721af3b95e74349a",
  );
});

Deno.test("CIFAR that is missing is named, with where to get it", async () => {
  await using folder = await temporaryFolder();
  const missing = (dir: string | null): Promise<MissingDataError> =>
    assertRejects(() => loadDataset("cifar100", dir, { verify: false }), MissingDataError);
  const page = "get cifar-100-python.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html";
  const files = "cifar-100-python/, cifar-100-binary/, cifar-100-python.tar.gz or cifar-100-binary.tar.gz";
  assertEquals(
    (await missing(folder.path)).message,
    `Cannot find CIFAR-100: it takes a data folder with ${files}, current ${folder.path} has none of them: ${page}`,
  );
  assertEquals(
    (await missing(null)).message,
    `Cannot find CIFAR-100: it takes a data folder with ${files}, current is none: ${page}`,
  );
  await missing(`${folder.path}/nowhere`);
  const { meta, train } = cifar100Python();
  await write(`${folder.path}/cifar-100-python`, { meta, train });
  assertEquals(
    (await missing(folder.path)).message,
    `Cannot find ${folder.path}/cifar-100-python/test: it takes a complete copy, current one lacks this file: ${page}`,
  );
  await write(`${folder.path}/b`, { "cifar-100-python.tar.gz": tarGz("cifar-100-python", { meta, train }) });
  const error = await missing(`${folder.path}/b`);
  assertEquals(error.message.startsWith(`Cannot find ${folder.path}/b/cifar-100-python.tar.gz/test`), true);
});

Deno.test("CIFAR that is cut short is refused", async () => {
  await using folder = await temporaryFolder();
  const { meta, train, test } = cifar100Python();
  const cases: [string, Record<string, Uint8Array>, string][] = [
    ["pickle", { meta, test, train: train.subarray(0, 4000) }, "train: it takes 6144 bytes at offset"],
    ["empty", { meta, test, train: new Uint8Array() }, "train: it takes 1 bytes at offset 0"],
    [
      "names",
      { meta: python2Names("fine_label_names", 99), test, train },
      "names of 100 classes, current are 99",
    ],
  ];
  for (const [name, files, message] of cases) {
    await write(`${folder.path}/${name}/cifar-100-python`, files);
    await assertRejects(() => load("cifar100", `${folder.path}/${name}`), SyntaxError, message);
  }
  const packed = tarGz("cifar-100-python", cifar100Python());
  const unpacked = gunzipSync(packed);
  for (
    const [name, archive, message] of [
      ["gzip", packed.subarray(0, packed.length >> 1), "it takes a whole gzip file"],
      ["tar", gzipSync(unpacked.subarray(0, unpacked.length >> 1)), "it takes a whole tar archive"],
      ["other", text.encode("<html>not found</html>"), "it takes a whole gzip file"],
    ] as const
  ) {
    await write(`${folder.path}/${name}`, { "cifar-100-python.tar.gz": archive });
    await assertRejects(() => load("cifar100", `${folder.path}/${name}`), SyntaxError, message);
  }
  await write(`${folder.path}/binary/cifar-100-binary`, {
    "train.bin": new Uint8Array(3074 * 2 - 1),
    "test.bin": new Uint8Array(3074),
    "fine_label_names.txt": text.encode("x\n".repeat(100)),
  });
  await assertRejects(
    () => load("cifar100", `${folder.path}/binary`),
    SyntaxError,
    "multiple of 3074 bytes, current are 6147",
  );
  await assertRejects(() => load("cifar100", `${folder.path}/binary`), SyntaxError, "train.bin");
});

Deno.test("CIFAR's binary version must have all its images", async () => {
  await using folder = await temporaryFolder();
  await write(`${folder.path}/cifar-100-binary`, {
    "train.bin": new Uint8Array(3074 * 2),
    "test.bin": new Uint8Array(3074),
    "fine_label_names.txt": text.encode("x\n".repeat(100)),
  });
  await assertRejects(
    () => loadDataset("cifar100", folder.path),
    SyntaxError,
    "it takes 50000 images, current are 2",
  );
});

Deno.test("CIFAR's labels must be in range, and as many as images", async () => {
  await using folder = await temporaryFolder();
  const { meta, train } = cifar100Python();
  await write(`${folder.path}/a/cifar-100-python`, {
    meta,
    train,
    test: python2Batch("fine_labels", [100], planes(1)),
  });
  const message = `Cannot read ${folder.path}/a/cifar-100-python/test: it takes labels from 0 to 99, ` +
    "current label of image 0 is 100";
  await assertRejects(() => load("cifar100", `${folder.path}/a`), RangeError, message);
  const wrong = (bytes: Uint8Array, message: string): void =>
    void assertThrows(() => decodePickle(bytes, CIFAR10, "batch"), SyntaxError, message);
  wrong(
    python2Batch("fine_labels", [1], planes(1)),
    "1 labels, as many as images, current are none: it is no file of CIFAR-10",
  );
  wrong(
    python2Batch("labels", [1, 2], planes(1)),
    "6144 bytes for shape [2, 3072] of u1, current is 3072 bytes",
  );
  wrong(latin1("(lI1\na."), "a pickled dict");
  wrong(latin1("(dS'data'\nI1\ns."), "data [images, 3072] of u1, current is number");
  wrong(latin1("cos\nsystem\n(S'true'\ntR."), "Cannot read batch: it takes");
  wrong(latin1("cos\nsystem\n(S'true'\ntR."), "current global is os.system");
});
