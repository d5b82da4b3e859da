// Every file in configs/: valid for the command it names, at every data set and ratio, and told of in configs/README.md,
// whose flags are valid too.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { basename, join } from "node:path";
import { featuresConfig } from "../../../train/config/schema/features.ts";
import { kindOf, loadConfigOf } from "../../../train/config/load.ts";
import { configKeys, type ConfigKind } from "../../../train/config/schema/keys.ts";
import type { Config } from "../../../train/config/schema/finetune.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { methodsOf, root } from "../cli/recipes.ts";

const readme = Deno.readTextFileSync(join(root, "configs/README.md"));
const files = [...Deno.readDirSync(join(root, "configs"))].map(({ name }) => `configs/${name}`)
  .filter((file) => file.endsWith(".yaml")).sort();

/** The config of a file with more keys set, read as that of a command. */
function load(command: string, file: string, set: string[] = []) {
  const kind = kindOf(command);
  assertEquals(kind.task, command, `${file} names the command ${command}`);
  return loadConfigOf(kind as ConfigKind<Pick<Config, "name" | "data">>, join(root, file), { set });
}

for (const file of files) {
  const text = Deno.readTextFileSync(join(root, file));
  const [line, command] = /^# {3}deno task ([\w-]+)(?: --config \S+)?/m.exec(text) ?? [];

  Deno.test(`${file} is valid for the command it names, and named as the file`, async () => {
    assert(
      line && (line.endsWith(file) || /fashion-lt-|features/.test(file)),
      `the command is: ${line}`,
    );
    assertEquals((await load(command, file)).name, basename(file, ".yaml"));
    // The data of the recipe, and where it is a CIFAR the other one and every ratio that is usual.
    if (!file.includes("cifar")) return;
    for (const source of ["cifar10", "cifar100"]) {
      for (const ratio of [10, 50, 100, 200]) {
        const { data } = await load(command, file, [`data.source=${source}`, `data.ratio=${ratio}`]);
        assertEquals([data.source, data.ratio], [source, ratio]);
      }
    }
  });

  Deno.test(`${file} tells what it comes to, and is told of in configs/README.md`, () => {
    assertStringIncludes(text, "Expected result");
    assertStringIncludes(text, "Expected time");
    assertStringIncludes(readme, basename(file));
  });
}

for (const { task, schema, defaultFile } of [trainingConfig, finetuneConfig, featuresConfig]) {
  Deno.test(`the config that ${task} runs by itself explains every key there is`, () => {
    const tree = parse(Deno.readTextFileSync(defaultFile));
    const missing = configKeys(schema).filter((key) => {
      let inner: unknown = tree;
      for (const part of key.split(".")) {
        if (inner === null) return false; // a group that is left out as a whole
        inner = (inner as Record<string, unknown>)[part];
        if (inner === undefined) return true;
      }
      return false;
    });
    assertEquals(missing, []);
  });
}

Deno.test("a config of another command is refused as such, not key by key", async () => {
  const refused = (command: string, file: string, message: string) =>
    assertRejects(() => load(command, `configs/${file}`, ["epochs=3"]), RangeError, message);
  await refused(
    "finetune",
    "cifar100-lt-crt.yaml",
    "takes one of deno task finetune, current is one of deno task train",
  );
  await refused(
    "train",
    "cifar100-lt-gml.yaml",
    "takes one of deno task train, current is one of deno task finetune",
  );
});

Deno.test("configs/README.md names files that are there, with flags that their command takes", async () => {
  const methods = methodsOf(readme);
  assert(methods.length > 0, "there is no row of flags");
  for (const { command, config, set } of methods.flatMap(({ runs }) => runs)) {
    await load(command, config, set);
  }
  for (const [name] of readme.matchAll(/[\w-]+\.yaml/g)) assert(files.includes(`configs/${name}`), name);
});
