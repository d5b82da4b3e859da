// --keys explains all config keys, and the JSON Schemas that editors check configs by.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { commentsOf, jsonSchema, keysAbout } from "../../../train/config/about.ts";
import { choicesOf } from "../../../train/config/choices.ts";
import { featuresConfig } from "../../../train/config/schema/features.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { configKey, configKeys, type ConfigKind } from "../../../train/config/schema/keys.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { root } from "../cli/recipes.ts";
import { everyclass } from "../command.ts";

const SCHEMAS = join(root, "configs/schema");

for (const kind of [finetuneConfig, trainingConfig, featuresConfig] as ConfigKind<unknown>[]) {
  const { task, schema, defaultFile } = kind;

  Deno.test(`keys: every key of ${task} has its meaning, its values and its default`, async () => {
    const told = await keysAbout(kind);
    assertEquals(told.map(({ key }) => key), configKeys(schema));
    assertEquals(told.filter(({ about, takes }) => about === "" || takes === "").map(({ key }) => key), []);
    // A comment stands behind one key alone, and tells of no other.
    assertEquals(told.filter(({ about }) => /[:] .* # /.test(about)).map(({ key }) => key), []);
    const bare = told.filter(({ key, value }) =>
      value === null && !configKey(schema, key.split(".")).section
    );
    assertEquals(bare, []);
  });

  Deno.test(`keys: the keys that the config of ${task} leaves out stand there with their defaults`, async () => {
    const text = Deno.readTextFileSync(defaultFile);
    const told = await keysAbout(kind);
    const absent = told.filter(({ key, value }) =>
      value === "null" && configKey(schema, key.split(".")).section
    );
    const nested = told.filter(({ key }) => absent.some((section) => key.startsWith(`${section.key}.`)));
    assertEquals(nested.length >= 2 * absent.length && absent.length > 0, true, "no section is left out");
    for (const { key, value } of nested) {
      assert(
        new RegExp(`^ *# +${key.split(".").at(-1)}: ${value?.replaceAll('"', "")} # `, "m").test(text),
        key,
      );
    }
  });

  Deno.test(`keys: the schema of ${task} for editors is in step`, async () => {
    assertEquals(
      Deno.readTextFileSync(join(SCHEMAS, `${task}.json`)),
      await jsonSchema(kind),
      `write it anew by: deno task -q ${task} --keys --json >configs/schema/${task}.json`,
    );
  });

  Deno.test(`keys: ${task} --keys prints all keys, with --json the schema`, async () => {
    const text = await everyclass([task, "--keys"]);
    assertEquals([text.code, text.err], [0, ""]);
    for (const key of configKeys(schema)) assert(new RegExp(`^${key}:`, "m").test(text.out), key);
    const json = await everyclass([task, "--keys", "--json"]);
    assertEquals([json.code, json.out], [0, await jsonSchema(kind)]);
  });

  Deno.test(`keys: the schema of ${task} describes every key and lists its choices`, async () => {
    // deno-lint-ignore no-explicit-any
    const top: any = JSON.parse(await jsonSchema(kind));
    for (const key of configKeys(schema)) {
      // deno-lint-ignore no-explicit-any
      const node = key.split(".").reduce((node: any, part) => {
        // deno-lint-ignore no-explicit-any
        const section = node.properties ? node : node.anyOf.find((form: any) => form.properties);
        assertEquals(section.additionalProperties, false, key); // an editor tells of a key that is none
        return section.properties[part];
      }, top);
      assert(node.description, key);
      for (const choice of choicesOf(configKey(schema, key.split(".")).inner)) {
        assertStringIncludes(JSON.stringify(node), `"${choice}"`);
      }
    }
    if (top.properties.adjust) {
      const [word, number, { properties }] = top.properties.adjust.anyOf; // the short forms are those of t
      assertEquals([word, number], properties.t.anyOf);
    }
    assertEquals(top.properties.loss.anyOf[0].enum, top.properties.loss.anyOf[1].properties.name.enum);
  });
}

Deno.test("keys: each config names the schema of its command to editors", () => {
  const files = [...Deno.readDirSync(join(root, "configs"))].filter(({ name }) => name.endsWith(".yaml"));
  for (const { name } of files) {
    const text = Deno.readTextFileSync(join(root, "configs", name));
    const [, task] = /^# {3}deno task ([\w-]+)/m.exec(text)!;
    assertEquals(text.split("\n")[0], `# yaml-language-server: $schema=schema/${task}.json`, name);
  }
});

Deno.test("keys: comments behind a key and right below are read, also where the key is in a comment", () => {
  const text = `# a header: of its own

a: 1 # first: one | two
# and more

# not of a
b: # a section
  c: "#x" # of c
  # c: goes on
  d:
# e: 2 # left out
#   f: 3 # deeper
x: 4 # unknown
`;
  assertEquals(Object.fromEntries(commentsOf(text, ["a", "b", "b.c", "b.d", "b.e", "b.e.f"])), {
    "a": "first: one | two and more",
    "b": "a section",
    "b.c": "of c c: goes on",
    "b.d": "",
    "b.e": "left out",
    "b.e.f": "deeper",
  });
});
