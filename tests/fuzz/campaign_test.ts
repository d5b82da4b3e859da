// A campaign counts each input once, also where an input ends the thread that reads it.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { campaign } from "./campaign/campaign.ts";
import { inputOf } from "./campaign/reading.ts";
import { openFormat, WAYS } from "./campaign/rough_table.ts";

const table = new URL("./campaign/rough_table.ts", import.meta.url).href;
const [seed, from, to] = [49, 20, 320];

/** Words of the finding that an input has to have; null where it has none. */
function wordsOf(way: unknown, whole: boolean): string | null {
  if (way === "hangs") return "it hangs";
  if (way === "ends its thread") return "it ended its thread";
  if (way === "is unheard") return "no code awaits";
  return way === "refused" && whole ? "a valid file is refused" : null;
}

Deno.test("each input is counted once, whatever ends the thread that reads it", async () => {
  const format = await openFormat("rough", "");
  const counts = new Map<unknown, number>(WAYS.map((way) => [way, 0]));
  const wanted = new Map<number, string>();
  for (let index = from; index < to; index++) {
    const { sample: { value }, whole } = await inputOf(format, seed, index);
    counts.set(value, counts.get(value)! + 1);
    const words = wordsOf(value, whole);
    if (words) wanted.set(index, words);
  }
  assert([...counts.values()].every((count) => count > 0), "the seed draws no file of some way");

  const outcome = await campaign("rough", { seed, from, to, ms: 50, table });
  assertEquals(
    [outcome.inputs, outcome.refused, outcome.accepted],
    [to - from, counts.get("refused")!, counts.get("accepted")! + counts.get("is unheard")!],
  );
  for (const { index, fault } of outcome.findings) {
    assert(fault.includes(wanted.get(index) ?? "no finding"), `${index}: ${fault}`);
    wanted.delete(index); // no input is found twice
  }
  assertEquals([...wanted], []);
});

Deno.test("a campaign ends where its own code fails: with the error, or with a finding at the input", async () => {
  const inputs = { seed, from: 0, to: 1, ms: 50, table };
  await assertRejects(() => campaign("unopened", inputs), Error, "of unopened: Error: it has no format");
  const { findings, refused, accepted } = await campaign("unmade", inputs);
  assertEquals([refused, accepted, findings.length], [0, 0, 1]);
  assertStringIncludes(findings[0].fault, "it ended its thread: Error: it has no file");
});
