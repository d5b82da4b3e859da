// Choices are matched without regard to case, in files, in --set and in the options of a program.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { z } from "zod";
import { choicesOf, spelled } from "../../../train/config/choices.ts";
import { nested, valueAt } from "../../../train/config/schema/config_tree.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { configKeys, unwrap } from "../../../train/config/schema/keys.ts";
import { configOf, loadConfig } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";

/** The schema of a key. */
function schemaAt(schema: z.ZodType, path: readonly string[]): z.ZodType {
  return path.reduce((inner, part) => (unwrap(inner).inner as z.ZodObject).shape[part] as z.ZodType, schema);
}

for (const { task, schema } of [finetuneConfig, trainingConfig]) {
  Deno.test(`every choice of every key of ${task} is found in capitals and with a first capital`, () => {
    let found = 0;
    for (const path of configKeys(schema).map((key) => key.split("."))) {
      for (const choice of choicesOf(schemaAt(schema, path))) {
        for (const written of [choice.toUpperCase(), choice[0].toUpperCase() + choice.slice(1), choice]) {
          assertEquals(valueAt(spelled(schema, nested(path, written)), path), choice);
        }
        found++;
      }
    }
    // The names of the losses and networks alone are more than 20.
    assertEquals(found > 40, true, `${found} choices`);
  });
}

Deno.test("choices in capitals give the same config, the short form of the loss and the source's defaults too", async () => {
  const set = (set: string[]) => loadConfig(null, { set });
  const written = ["data.source=folder", "loss=gml", "views=fresh", "network=resnet18"];
  const plain = await set(written);
  assertEquals(await set(["data.source=Folder", "loss=GML", "views=Fresh", "network=ResNet18"]), plain);
  assertEquals(plain.data.ratio, 1); // the default of folders
  assertEquals(
    configOf(finetuneConfig, { loss: "Focal", data: { source: "FOLDER" } }),
    configOf(finetuneConfig, { loss: "focal", data: { source: "folder" } }),
  );
});

Deno.test("text is not changed, and words that are no choice are told as they were written", async () => {
  assertEquals((await loadConfig(null, { set: ["name=GML"] })).name, "GML");
  await assertRejects(() => loadConfig(null, { set: ["loss=GMLL"] }), RangeError, 'current value is "GMLL"');
  assertThrows(
    () => configOf(finetuneConfig, { data: { source: "Folders" } }),
    RangeError,
    'current value is "Folders"',
  );
});
