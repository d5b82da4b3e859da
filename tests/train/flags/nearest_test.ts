import { assertEquals } from "@std/assert";
import { configKeys } from "../../../train/config/keys.ts";
import { configSchema } from "../../../train/config/finetune.ts";
import { nearest } from "../../../train/flags/nearest.ts";

Deno.test("the nearest config key is found by its whole name or its last part", () => {
  const found = (given: string) => nearest(given, configKeys(configSchema));
  assertEquals(found("optimiser.lr"), "optimizer.lr");
  assertEquals(found("lr"), "optimizer.lr");
  assertEquals(found("weight_decay"), "optimizer.weightDecay");
  assertEquals(found("augment"), "data.augment");
  assertEquals(found("seeds"), "seed"); // not data.seed: the whole name wins a tie
  assertEquals(found("Epoch"), "epochs");
});
