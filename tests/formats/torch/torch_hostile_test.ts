// Short checkpoints that stand for much memory or much work.
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CheckpointError, parseTorch } from "../../../formats/checkpoint/mod.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const u32 = (value: number): string => String.fromCharCode(...new Uint8Array(Uint32Array.of(value).buffer));

/** A file of torch.save before zip: an object, and the storage of one float where a tensor in it has one. */
function legacy(object: string): Uint8Array {
  const magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  const head = `\x80\x02\x8a\x0a${magic}.\x80\x02M\xe9\x03.\x80\x02}.`;
  const storage = object.includes("FloatStorage") ? `U\x010e.${u32(1)}${u32(0)}\0\0\x80\x3f` : "e.";
  return bytes(`${head}\x80\x02${object}.\x80\x02](${storage}`);
}

/** A tensor of that many ones: its one number, over and over. */
function ones(count: number): string {
  const storage = "(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQ";
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\0J${u32(count)}\x85K\0\x85\x89NtR`;
}

function refused(object: string): string {
  return assertThrows(() => parseTorch(legacy(object)), CheckpointError).message;
}

Deno.test("tensors that repeat their numbers are read as far as the file's size gives reason to", () => {
  const { state } = parseTorch(legacy(`}U\x01w${ones(1000)}s`));
  assertEquals(state.get("w")?.data, new Float32Array(1000).fill(1));
  const message = refused(`}U\x01w${ones(2 ** 25)}s`);
  assertStringIncludes(message, `current are ${2 ** 27}: the file is damaged, or its tensors are views`);
  const many = Array.from({ length: 9 }, (_, i) => `U\x01${i}${ones(2 ** 21)}s`).join("");
  assertStringIncludes(refused(`}${many}`), `current are ${9 * 2 ** 23}`);
});

Deno.test("keys, shapes and ids of lists that double thirty times are refused, or told in a few words", () => {
  const doubled = ")" + "2\x86".repeat(30);
  assertStringIncludes(refused(`}${doubled}K\x01s`), "current is one with [a list of 2, a list of 2]");
  assertStringIncludes(
    refused(`(U\x01x${doubled}tQ`),
    "current is a storage of type [a list of 2, a list of 2]",
  );
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(NK\0${doubled})\x89NtR`;
  assertStringIncludes(refused(tensor), "current sizes are [a list of 2, a list of 2], strides []");
  assertStringIncludes(refused(`ctorch\ndevice\n(${doubled}tR`), "current is string");
  const axes = `(${"K\x01".repeat(65)}t`;
  const deep = ones(1).replace(/J....\x85K\0\x85/s, `${axes}${axes}`);
  assertStringIncludes(refused(deep), "Cannot rebuild a tensor");
});

Deno.test("dictionaries in one another, twenty thousand deep, are not followed to their end", () => {
  const depth = 20_000;
  const message = refused("}" + "U\x01a}".repeat(depth) + "s".repeat(depth));
  assertStringIncludes(message, "it takes a dictionary of tensors, current is one with a");
});
