// Runs that use the features of one bank at the same time.

import { assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { DiskBank } from "../../../../train/features/bank/disk_bank.ts";
import { ViewFile } from "../../../../train/features/bank/view_file.ts";
import { Extractor } from "../../../../train/features/extractor.ts";
import { quiet } from "../../problem.ts";
import { augmented, Bank, valuesOf } from "./helpers.ts";

const bank = await Bank.open();
addEventListener("unload", () => bank[Symbol.dispose]());
const expected = await bank.inMemory();
const width = bank.setup.network.features;

Deno.test("what is used but once is removed when the next is whole, unless another run keeps it", async () => {
  bank.anew();
  await bank.rows(augmented, { once: true });
  assertEquals(JSON.parse(Deno.readTextFileSync(bank.path("json"))).once, true);
  await bank.rows();
  assertEquals(JSON.parse(Deno.readTextFileSync(bank.path("json"))).once, false);
  await bank.rows(augmented, { once: true });
  assertEquals(JSON.parse(Deno.readTextFileSync(bank.path("json"))).once, false);
});

Deno.test("what another run keeps or still reads is not lost with the run that used it once", async () => {
  bank.anew();
  const { setup, config } = bank;
  const { signal } = new AbortController();
  using extractor = new Extractor(setup, config, quiet, signal);
  const run = () => new DiskBank(bank.folder, { setup, config, extractor, progress: quiet, signal });
  const view = (view: number) => ({ ...augmented, view });
  const [one, two] = [run(), run()];
  const rows = async (run: DiskBank, at: number, once = true) =>
    await run.rows(setup.train, view(at), { once });

  (await rows(one, 1)).close();
  const kept = await rows(two, 1, false);
  (await rows(one, 2)).close(); // and lets go of the first
  assertEquals(valuesOf(kept), expected);

  const read = await rows(two, 2);
  await one[Symbol.asyncDispose]();
  assertEquals(bank.files, ["view-1.f32", "view-1.json"]);
  assertEquals(valuesOf(read), await bank.inMemory(view(2)));
  await two[Symbol.asyncDispose]();
  assertEquals(bank.files, ["view-1.f32", "view-1.json"]);
});

Deno.test("a run removes the view that a killed one left, if it was to be used but once", async () => {
  for (const [once, left] of [[true, []], [false, ["view-1.f32", "view-1.json"]]] as const) {
    bank.anew();
    await bank.rows(augmented, { once }); // of a bank that is never closed
    await bank.rows({ ...augmented, view: 2 }, { once: true });
    assertEquals(bank.files, [...left, "view-2.f32", "view-2.json"]);
  }
});

Deno.test("a run that waited for a file which is then removed writes one of its own", async () => {
  bank.anew();
  const path = `${bank.folder}/key/view-1.f32`;
  const rows = { about: "rows", count: 1, width: 2 };
  const first = await ViewFile.open(path, rows, () => Promise.reject(new Error("nobody writes it")));
  using second = await ViewFile.open(path, rows, () => {
    Deno.removeSync(dirname(path), { recursive: true });
    first[Symbol.dispose]();
    return Promise.resolve();
  });
  await second.sink({ from: 0, to: 1 }).put(Uint32Array.of(0), Float32Array.of(3, 4));
  assertEquals(valuesOf(second.rows), Float32Array.of(3, 4));
});

Deno.test("a second run waits for the one that writes a file", async () => {
  bank.anew();
  const path = `${bank.folder}/view-1.f32`;
  const rows = { about: "rows", count: 177, width };
  let waited = 0;
  const first = await ViewFile.open(path, rows, () => Promise.reject(new Error("nobody writes it")));
  using second = await ViewFile.open(path, rows, () => {
    if (++waited === 2) first[Symbol.dispose]();
    return Promise.resolve();
  });
  assertEquals([waited, second.there], [2, 0]);
});
