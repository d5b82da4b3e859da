import { assert, assertEquals } from "@std/assert";
import { channelsFirst, placeOf } from "../../bench/peers/channels_first.ts";
import { tensorShapes } from "../../bench/peers/networks.ts";
import { timeOf } from "../../bench/peers/protocol.ts";
import { samplePlaces, valuesOf } from "../../bench/peers/values.ts";
import { agree, type NetworkRun, WORKLOADS } from "../../bench/peers/workloads.ts";
import { nameOf, networkOf } from "../../engine/mod.ts";

Deno.test("networks for peers have the tensors of this project's networks", () => {
  for (const run of WORKLOADS.filter((w): w is NetworkRun => w.kind === "network")) {
    const { backbone, classifier } = networkOf(run.network, { classes: run.classes, channels: 3 });
    const own = [...backbone, ...classifier.tensors].map((t) => [nameOf(t), [...t.shape]] as const);
    assertEquals(tensorShapes(run), new Map(own));
  }
});

Deno.test("a value keeps its place between channels last and channels first", () => {
  const shape = [2, 3, 5, 4];
  const values = valuesOf(1, 120);
  const moved = channelsFirst(values, shape);
  assertEquals(values.map((_, i) => moved.values[placeOf(i, moved.shape)]), values);
  assert(moved.values.some((value, i) => value !== values[i]));
});

Deno.test("samples are spread over a result, and a wrong one is seen", () => {
  const places = samplePlaces(1600);
  assertEquals(places.map((place) => Math.floor(place / 100)), places.map((_, part) => part));
  const sample = Array.from(valuesOf(5, 16));
  assert(agree(WORKLOADS[0], sample, sample));
  assert(!agree(WORKLOADS[0], sample, sample.with(3, sample[3] + 1e-3)));
  assert(!agree(WORKLOADS[0], sample, sample.with(3, NaN)));
  // NaN is null in JSON, and null counts as 0: two programs that both fail do not agree.
  const nothing: number[] = JSON.parse(JSON.stringify(Array(16).fill(NaN)));
  assert(!agree(WORKLOADS[0], nothing, nothing));
  assertEquals(new Set(WORKLOADS.map(({ name }) => name)).size, WORKLOADS.length);
});

Deno.test("the time of a run is that of a try over the runs it had", async () => {
  let runs = 0;
  const begin = performance.now();
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const ready = {
    run: () => sleep(3).then(() => void runs++),
    finish: () => sleep(1),
    sample: () => Promise.resolve([]),
  };
  const ms = await timeOf(ready, { atLeastMs: 15, tries: 2, withinMs: 1000 });
  assert(runs > 2);
  assert(ms >= 2.5 && ms <= (performance.now() - begin) / 2, `${ms}`);
});
