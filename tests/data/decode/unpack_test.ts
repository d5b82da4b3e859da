// Archives that are small and unpack to much, or to no end.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { loadDataset } from "../../../data/mod.ts";
import { gunzip } from "../../../data/base/files.ts";
import { encodeIdx } from "../../../data/containers/idx.ts";
import { temporaryFolder } from "../helpers.ts";

const MIB = 2 ** 20;
/** More than eight times its packed size and 64 MiB. */
const zeros = gzipSync(new Uint8Array(72 * MIB), { level: 1 });
const images = "train-images-idx3-ubyte";

/** Loads a CIFAR archive that was not published. */
async function loadTar(packed: Uint8Array) {
  await using folder = await temporaryFolder();
  await Deno.writeFile(`${folder.path}/cifar-10-python.tar.gz`, packed);
  await loadDataset("cifar10", folder.path, { verify: false });
}

async function writeIdx(folder: string, images: Uint8Array, count: number): Promise<void> {
  const packed = {
    "train-images-idx3-ubyte": images,
    "train-labels-idx1-ubyte": gzipSync(encodeIdx([count], new Uint8Array(count).fill(1, 1))),
    "t10k-images-idx3-ubyte": gzipSync(encodeIdx([1, 1024, 1024], new Uint8Array(MIB))),
    "t10k-labels-idx1-ubyte": gzipSync(encodeIdx([1], new Uint8Array(1))),
  };
  for (const [name, bytes] of Object.entries(packed)) await Deno.writeFile(`${folder}/${name}.gz`, bytes);
}

Deno.test("a small .gz that unpacks to far more is refused before it is unpacked", async () => {
  assert(zeros.length < MIB);
  const most = 64 * MIB + 8 * zeros.length;
  const words = `it takes a file of ${most} bytes at most, current ${zeros.length} bytes unpack to more`;
  await using folder = await temporaryFolder();
  await writeIdx(folder.path, zeros, 72);
  await assertRejects(() => loadDataset("idx", folder.path), SyntaxError, `${images}.gz: ${words}`);
  await assertRejects(() => loadTar(zeros), SyntaxError, words);
});

Deno.test("an IDX file may unpack to as much as its own sizes say, and to no more", async () => {
  await using folder = await temporaryFolder();
  const [whole, said] = [72 * MIB, 70 * MIB];
  assertEquals(gunzip(zeros, "zeros", whole).length, whole);
  const file = new Uint8Array(whole);
  file.set(encodeIdx([said / MIB, 1024, 1024], new Uint8Array()));
  await writeIdx(folder.path, gzipSync(file, { level: 1 }), 70);
  const words = `a file of ${said + 16} bytes at most`;
  await assertRejects(() => loadDataset("idx", folder.path), SyntaxError, words);
});

Deno.test("a tar archive of sizes below zero, at which its reader goes round for ever, is refused", async () => {
  const tar = createTar([{ name: "cifar-10-batches-py/" }, { name: "a", data: "a" }]);
  tar.set(new TextEncoder().encode("-1000\0"), 124); // octal: 512 back, where the same header begins
  await assertRejects(
    () => loadTar(gzipSync(tar)),
    SyntaxError,
    "file 0 at byte 0 has -512 bytes: the archive",
  );
});

Deno.test("a tar archive of too many files, or of too many words about them, is refused", async () => {
  const many = createTar(Array.from({ length: 1001 }, (_, i) => ({ name: `f${i}`, data: "x" })));
  await assertRejects(() => loadTar(gzipSync(many)), SyntaxError, "up to 1000 files");
  const wordy = createTar([{ name: "words", data: "x".repeat(70_000) }, { name: "a", data: "a" }]);
  wordy[156] = "g".charCodeAt(0);
  await assertRejects(() => loadTar(gzipSync(wordy)), SyntaxError, "with 65536 bytes of names");
});
