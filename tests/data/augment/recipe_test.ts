import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Augment, viewRecipes } from "../../../data/augment/recipe.ts";
import { BatchReader } from "../../../data/loader/batch_reader.ts";
import { ascending, patternSet, sha256 } from "../helpers.ts";

const set = patternSet(12, 32, 32);
const base: Augment = { pad: 4, flip: true };

/** All images of the set in all views. */
async function fill(augment: Augment | null, seed = 0, images = set): Promise<Uint8Array> {
  const views = viewRecipes(augment, images.channels);
  const out = new Uint8Array(views.length * images.images.length);
  await new BatchReader({ set: images, batch: images.count, views, seed }).read(
    ascending(images.count),
    0,
    0,
    out,
  );
  return out;
}

const namesOf = (augment: Augment | null): string[][] =>
  viewRecipes(augment, 3).map(({ frame, steps }) => [frame, ...steps].map(({ name }) => name));

Deno.test("recipe gives each policy its steps, those of the field's codes", () => {
  assertEquals(namesOf(null), [["centre-crop"]]);
  assertEquals(namesOf(base), [["crop-flip"]]);
  const auto = ["crop-flip", "autoaugment-cifar"];
  const simclr = ["random-resized-crop", "flip", "color-jitter", "random-grayscale", "gaussian-blur"];
  assertEquals(namesOf({ ...base, policy: "crop-flip", cutout: 16 }), [["crop-flip", "cutout"]]);
  assertEquals(namesOf({ ...base, policy: "autoaugment", cutout: 0 }), [auto]);
  assertEquals(namesOf({ ...base, policy: "simclr", cutout: 16 }), [[...simclr, "cutout"]]);
  assertEquals(namesOf({ ...base, policy: "paco", cutout: 16 }), [[...auto, "cutout"], simclr]);
  const jitter = { brightness: .4, contrast: .4, saturation: .4, hue: 0 };
  assertEquals(namesOf({ ...base, jitter, cutout: 8 }), [["crop-flip", "color-jitter", "cutout"]]);
  assertEquals(viewRecipes({ ...base, policy: "resized-crop", jitter }, 3), [{
    frame: { name: "random-resized-crop", scale: [.08, 1], ratio: [3 / 4, 4 / 3] },
    steps: [{ name: "flip", p: .5 }, { name: "color-jitter", ...jitter, p: 1 }],
  }]);
  const [first, second] = viewRecipes({ ...base, policy: "paco", pad: 2, flip: false, cutout: 8 }, 3);
  assertEquals(first, {
    frame: { name: "crop-flip", pad: 2, flip: false },
    steps: [{ name: "autoaugment-cifar" }, { name: "cutout", holes: 1, length: 8 }],
  });
  assertEquals([second.frame, second.steps[0]], [
    { name: "random-resized-crop", scale: [.2, 1], ratio: [3 / 4, 4 / 3] },
    { name: "flip", p: 0 },
  ]);
});

Deno.test("recipe paco makes autoaugment's view and another", async () => {
  const paco = await fill({ ...base, policy: "paco", cutout: 16 });
  const first = paco.subarray(0, set.images.length), second = paco.subarray(set.images.length);
  assertEquals(first, await fill({ ...base, policy: "autoaugment", cutout: 16 }));
  // The same steps as simclr alone, drawn anew: the second view is independent of the first.
  const alone = await fill({ ...base, policy: "simclr" });
  assertNotEquals(second, alone);
  for (let i = 0; i < set.count; i++) {
    const image = second.subarray(i * 3072, (i + 1) * 3072);
    assert(image.some((value) => value !== image[0]), `image ${i} of the second view is empty`);
  }
});

Deno.test("the pixels of each policy are the same on every machine and in every version", async () => {
  const hashes: string[] = [];
  for (const policy of ["crop-flip", "autoaugment", "simclr", "paco"] as const) {
    hashes.push(sha256(await fill({ ...base, policy, cutout: 16 }, 5)));
  }
  assertEquals(hashes.map((hash) => hash.slice(0, 16)), [
    "dc157cf947b9ff65",
    "a874864522c4289b",
    "607ae978ee54d358",
    "ab88e9c8baa7e8fa",
  ]);
});

Deno.test("every policy changes grey images too, and refuses those that are neither grey nor RGB", async () => {
  const grey = patternSet(12, 28, 28, 1);
  for (const policy of ["autoaugment", "simclr", "paco"] as const) {
    const augment = { ...base, policy };
    assertNotEquals((await fill(augment, 0, grey)).subarray(0, grey.images.length), grey.images.slice());
    assertThrows(
      () => viewRecipes(augment, 4),
      RangeError,
      `Cannot augment by ${policy}: it takes images of 1 or 3 channels, current ones have 4`,
    );
  }
  assertEquals(viewRecipes(base, 4).length, 1);
});
