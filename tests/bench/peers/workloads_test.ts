import { assert, assertEquals } from "@std/assert";
import { channelsFirst, channelsFirstIndex } from "../../../bench/peers/guests/channels_first.ts";
import { tensorShapes } from "../../../bench/peers/guests/networks.ts";
import { timeOf } from "../../../bench/peers/protocol.ts";
import { samplePlaces, valuesOf } from "../../../bench/peers/values.ts";
import { samplesAgree, toleranceOf } from "../../../bench/peers/results.ts";
import { WORKLOADS } from "../../../bench/peers/workload_list.ts";
import type { NetworkRun } from "../../../bench/peers/workloads.ts";
import { nameOf, networkOf } from "../../../engine/mod.ts";
import { withClock } from "../../clock.ts";

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
  assertEquals(values.map((_, i) => moved.values[channelsFirstIndex(i, moved.shape)]), values);
  assert(moved.values.some((value, i) => value !== values[i]));
});

Deno.test("samples are spread over a result, and a wrong one is seen", () => {
  const places = samplePlaces(1600);
  assertEquals(places.map((place) => Math.floor(place / 100)), places.map((_, part) => part));
  const sample = Array.from(valuesOf(5, 16));
  const { check } = WORKLOADS[0];
  assert(samplesAgree(check, sample, sample));
  assert(!samplesAgree(check, sample, sample.with(3, sample[3] + 1e-3)));
  assert(samplesAgree(toleranceOf(WORKLOADS[0], "tf32"), sample, sample.with(3, sample[3] + 5e-4)));
  assert(!samplesAgree(toleranceOf(WORKLOADS[0], "tf32"), sample, sample.with(3, sample[3] + 1e-2)));
  assert(!samplesAgree(check, sample, sample.with(3, NaN)));
  // NaN is null in JSON, and null counts as 0: two programs that both fail do not agree.
  const nothing: number[] = JSON.parse(JSON.stringify(Array(16).fill(NaN)));
  assert(!samplesAgree(check, nothing, nothing));
  assertEquals(new Set(WORKLOADS.map(({ name }) => name)).size, WORKLOADS.length);
});

Deno.test("the time of a run is that of a try over the runs it had", async () => {
  const timed = (tries: number, withinMs: number) =>
    withClock(async (clock) => {
      let waits = 0;
      const ready = {
        run: () => void (clock.ms += 3),
        // The third wait is disturbed.
        finish: () => Promise.resolve(void (clock.ms += ++waits === 3 ? 40 : 1)),
        sample: () => Promise.resolve([]),
      };
      const { ms } = await timeOf(ready, { atLeastMs: 15, tries, withinMs });
      return [ms, waits];
    });
  // A run and its wait take 4 ms, too short for a try: five are tried then, of 15 ms and the wait.
  assertEquals(await timed(1, 1000), [16 / 5, 2]);
  assertEquals(await timed(3, 1000), [16 / 5, 4]);
  // The second try begins after 20 ms, the third after 75.
  assertEquals(await timed(3, 70), [16 / 5, 3]);
});
