// A digest of a set of images is another one where an image, a label or how they are read is another.
import { assert, assertEquals } from "@std/assert";
import { digestOf, EncodedImages, newImageSet } from "../../../data/mod.ts";

/** The digest of a set in memory. */
function ofPixels({ pixel = 1, label = 0, height = 2 } = {}): string {
  const set = newImageSet(2, height, 2 / height, 1, ["a", "b"]);
  set.images[3] = pixel;
  set.labels[1] = label;
  return digestOf(set);
}

Deno.test("digest: a set in memory goes by its pixels, labels and sizes", () => {
  assertEquals(ofPixels(), ofPixels());
  const all = [ofPixels(), ofPixels({ pixel: 2 }), ofPixels({ label: 1 }), ofPixels({ height: 1 })];
  assertEquals(new Set(all).size, all.length);
});

Deno.test("digest: images in files go by the names, sizes and times of the files, and by how they are read", async () => {
  const folder = await Deno.makeTempDir();
  const path = (name: string) => `${folder}/${name}`;
  const write = async (name: string, bytes: number, seconds = 1000) => {
    await Deno.writeFile(path(name), new Uint8Array(bytes));
    await Deno.utime(path(name), seconds, seconds);
  };
  const of = (names: string[], more: { shorter?: number; ranges?: number[]; label?: number } = {}) =>
    digestOf(
      new EncodedImages({
        files: names.map(path),
        labels: new Uint32Array(names.length).fill(more.label ?? 0),
        ...{ classNames: ["a", "b"], height: 8, width: 8, channels: 3, shorter: more.shorter ?? 8 },
        ranges: more.ranges ? Float64Array.from(more.ranges) : null,
        ...{ maxPixels: 100, maxBroken: 0, cache: null },
      }),
    );
  try {
    for (const name of ["a.jpg", "b.jpg", "c.gif"]) await write(name, 10);
    const usual = of(["a.jpg", "b.jpg"]);
    assertEquals(of(["a.jpg", "b.jpg"]), usual);
    const others = [
      of(["b.jpg", "a.jpg"]),
      of(["a.jpg", "a.jpg"]),
      of(["a.jpg", "c.gif"]),
      of(["a.jpg", "b.jpg"], { shorter: 9 }),
      of(["a.jpg", "b.jpg"], { label: 1 }),
      of(["a.jpg", "b.jpg"], { ranges: [0, 5, 0, 5] }),
    ];
    await write("b.jpg", 11);
    others.push(of(["a.jpg", "b.jpg"]));
    await write("b.jpg", 10, 1001);
    others.push(of(["a.jpg", "b.jpg"]));
    await Deno.remove(path("b.jpg"));
    others.push(of(["a.jpg", "b.jpg"])); // gone since it was found: by its name alone
    assert(!others.includes(usual));
    assertEquals(new Set(others).size, others.length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
