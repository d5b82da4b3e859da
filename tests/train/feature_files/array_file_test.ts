// An array of a file: which file, which array in it, and of which program.

import { assertEquals, assertRejects } from "@std/assert";
import { writeSafetensors } from "../../../engine/mod.ts";
import { writeNpy, writeNpz } from "../../../formats/numpy/mod.ts";
import { holdsArrays, readArray } from "../../../train/feature_files/array_file.ts";
import { expected } from "../../formats/fixtures.ts";

const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const tensor = (value: number) => ({ shape: [1], dtype: "f32" as const, data: Float32Array.of(value) });
const write = (name: string, bytes: Uint8Array) => Deno.writeFileSync(`${folder}/${name}`, bytes);
const valueOf = async (name: string) => Number((await readArray("weight", `${folder}/${name}`)).data[0]);

write("one.npy", writeNpy(tensor(1)));
write("one.npz", writeNpz(new Map([["x", tensor(2)]])));
write("two.npz", writeNpz(new Map([["x", tensor(3)], ["a:b", tensor(4)]])));
write("one.safetensors", writeSafetensors(new Map([["fc.weight", tensor(5)]])));
write("two.npz:x", writeNpy(tensor(6)));
write("no ending", writeNpy(tensor(7)));

Deno.test("an array is the only one of its file, or named behind a colon, by what the file holds", async () => {
  const found: [name: string, value: number][] = [
    ["one.npy", 1],
    ["one.npz", 2],
    ["one.npz:x", 2],
    ["two.npz:a:b", 4],
    ["one.safetensors", 5],
    ["one.safetensors:fc.weight", 5],
    ["two.npz:x", 6], // the file of that name
    ["no ending", 7],
  ];
  for (const [name, value] of found) assertEquals(await valueOf(name), value, name);
});

Deno.test("tensors of torch files are taken by name", async () => {
  const [name, { shape }] = Object.entries(expected["types.pt"].tensors)[0];
  const file = new URL("../../fixtures/io/types.pt", import.meta.url).pathname;
  assertEquals((await readArray("weight", `${file}:${name}`)).shape, shape);
});

Deno.test("an array that is not there is refused, with the names of those that are", async () => {
  const refused: [name: string, part: string][] = [
    ["two.npz", "current are x, a:b: write "],
    ["one.npz:y", "current is y; the nearest is x (of x)"],
    ["one.npy:x", "it takes no name for a .npy file"],
    ["none.npy", "current path leads to none"],
    ["none.npz:x", "current path leads to none"],
  ];
  for (const [name, part] of refused) {
    const error = await assertRejects(() => valueOf(name), Error);
    const message = `${error.message} ${(error.cause as Error | undefined)?.message}`;
    assertEquals([name, message.includes(part)], [name, true], message);
    assertEquals([name, message.includes(folder)], [name, true], message);
  }
});

Deno.test("files that hold arrays are told from texts by their names", () => {
  const arrays = ["a.npy", "a.NPZ:x", "/b.c/a.safetensors:y.z", "a.pt", "a.pth.tar:x"];
  const texts = ["labels.txt", "a.csv", "npy", "a.npy.txt", "labels"];
  assertEquals([arrays.filter(holdsArrays), texts.filter(holdsArrays)], [arrays, []]);
});
