import { assertEquals } from "@std/assert";
import { configKeys } from "../../../train/config/schema/keys.ts";
import { configSchema } from "../../../train/config/schema/finetune.ts";
import { nearest, sameWord } from "../../../train/flags/nearest.ts";

Deno.test("the nearest config key is found by its whole name or its last part", () => {
  const found = (given: string) => nearest(given, configKeys(configSchema));
  assertEquals(found("optimiser.lr"), "optimizer.lr");
  assertEquals(found("lr"), "optimizer.lr");
  assertEquals(found("weight_decay"), "optimizer.weightDecay");
  assertEquals(found("augment"), "data.augment");
  assertEquals(found("seeds"), "seed"); // not data.seed: the whole name wins a tie
  assertEquals(found("Epoch"), "epochs");
});

Deno.test("a word means the choice that differs by capitals alone, where there is but one", () => {
  const choices = ["gml", "CE", "ce", "LAS"];
  assertEquals(["GML", "las", "CE", "ce", "Ce", "gm"].map((word) => sameWord(word, choices)), [
    ...["gml", "LAS", "CE", "ce"],
    ...["Ce", "gm"], // one could mean two choices, the other is none
  ]);
});
