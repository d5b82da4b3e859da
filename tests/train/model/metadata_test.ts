import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseYaml } from "../../../train/config/yaml.ts";
import { loadConfig } from "../../../train/config/load.ts";
import { keptModel, modelFacts } from "../../../train/model/facts.ts";
import { metadataOf } from "../../../train/model/header.ts";
import { modelMetadata, secondOf } from "../../../train/model/metadata.ts";
import { evaluationKeys, recipeYaml } from "../../../train/model/recipe.ts";
import { packState } from "../../../train/saved/checkpoint.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

Deno.test("a checkpoint tells what was trained, on what and how, and nothing of the machine", async () => {
  const { setup, config } = await problem.setUp("name=made-up workers=2 family=lane ensemble={}");
  using _setup = setup;
  const beside = { recipe: config, second: secondOf(setup, config) };
  const bytes = packState(setup.stage1, setup, { seed: "0" }, beside);
  assertEquals(packState(setup.stage1, setup, { seed: "0" }, beside), bytes);
  const metadata = metadataOf(bytes);
  const facts = modelFacts("file", metadata, {});
  assertEquals(facts, {
    network: "resnet8",
    head: "linear",
    extraBlock: false,
    classNames: ["0", "1", "2", "3"],
    height: 12,
    width: 12,
    shorter: 12,
    mean: setup.dataset.mean,
    std: setup.dataset.std,
    ensemble: { temperatureNew: 1, temperatureOld: 1 },
    kept: "after",
    tta: "none",
    counts: [...setup.counts],
  });
  const text = JSON.stringify(metadata);
  for (const word of [problem.folder, "made-up", "workers", "lane", setup.device.adapter]) {
    assert(!text.includes(word), word);
  }
  assertEquals(metadata.trainDigest.length, 64);
  const { data, epochs, loss } = parseYaml(metadata.config) as Record<string, Record<string, unknown>>;
  assertEquals([data.source, data.ratio, epochs, loss.name], ["idx", 10, 3, "gml"] as unknown[]);
  for (const keep of ["before", "ensemble", "after"] as const) {
    const keeps = { ...config, keep };
    const kept = packState(setup.stage1, setup, { seed: "0" }, {
      recipe: keeps,
      second: secondOf(setup, keeps),
    });
    assertEquals(modelFacts("file", metadataOf(kept), {}).kept, keep);
    const { keep: _, sha256: own, ...others } = metadataOf(kept);
    const { sha256, ...same } = metadata;
    assertEquals(others, same); // the model tells of the same training whichever is kept
    assertEquals(own === sha256, keep === "after");
  }
  assertEquals(metadata.keep, undefined);
  // A model trained by other workers, under another name, elsewhere is the same model.
  const other = await problem.config("name=other workers=1 ensemble={}");
  assertEquals(packState(setup.stage1, setup, { seed: "0" }, { ...beside, recipe: other }), bytes);

  const again = await loadConfig({ source: "file", tree: evaluationKeys(metadata)! }, { data: problem.data });
  const { source, dir, ratio, augment } = again.data;
  assertEquals({ source, dir, ratio, augment }, {
    source: "idx",
    dir: problem.data,
    ratio: 10,
    augment: null,
  });
  assertEquals(again.network, "resnet8");
  assertEquals(modelMetadata({ ...setup, initialized: ["linear.bias"] }, null, null).ensemble, undefined);
  assertEquals(secondOf({ ...setup, initialized: ["linear.bias"] }, config), null);
});

Deno.test("metadata that make no sense count as not told", () => {
  const program = "everyclass";
  for (const size of ["", "null", "[3]", "[0,3]", "{}", '["a","b"]', "[1.5,2]"]) {
    assertThrows(() => modelFacts("f", { program, size }, {}), RangeError, "names, size, resize");
  }
  for (const std of ["[]", "[0]", "[-1]", "3", '["a"]']) {
    assertThrows(() => modelFacts("f", { program, std }, {}), RangeError, "mean, std");
  }
  for (const keep of ["", "both", "Before"]) assertEquals(keptModel({ program, keep }), "after");
  assertEquals([keptModel({ program, keep: "before" }), keptModel({ keep: "before" })], ["before", "after"]);
  const said = {
    network: "resnet8",
    names: ["a", "b"],
    size: 8,
    resize: "none",
    mean: [0],
    std: [1],
  } as const;
  const keys = { ...said, names: [...said.names], mean: [...said.mean], std: [...said.std] };
  assertEquals(modelFacts("f", {}, keys).shorter, null);
  assertThrows(
    () => modelFacts("f", {}, { ...keys, mean: [0, 0] }),
    RangeError,
    "current are 2 and 1 numbers",
  );
  for (
    const bytes of [
      new Uint8Array(),
      new Uint8Array(9),
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 1),
    ]
  ) {
    assertEquals(metadataOf(bytes), {});
  }
});

Deno.test("a recipe names no file of costs and no folder to choose by, but the costs of pairs", async () => {
  const config = await loadConfig(null, {
    set: ["adjust.t=auto", "adjust.unlabelled=/photos", "costs=/costs.csv"],
  });
  const told = parseYaml(recipeYaml(config)) as { adjust: unknown; costs: unknown };
  assertEquals([told.adjust, told.costs], [{ ...config.adjust, unlabelled: null }, null]);
  const pairs = await loadConfig(null, { set: ["costs={'a->b': 5}"] });
  const { costs } = parseYaml(recipeYaml(pairs)) as { costs: unknown };
  assertEquals(costs, { "a->b": 5 });
});
