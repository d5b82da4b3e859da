import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { JAX, tfjsBackend } from "../../../../bench/peers/guests/packages.ts";
import { earlierRows, writeComparison } from "../../../../bench/peers/report/write.ts";
import { inOrder } from "../../../../bench/peers/results.ts";
import { row } from "../comparison.ts";

Deno.test("bench results: three files named after the adapter, with the versions of those who were asked", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = [row("a", "everyclass", 1), row("a", "jax-js webgpu", 2)];
    const comparison = {
      date: "2030-01-02T03:04:05.000Z",
      adapter: "NVIDIA H100 80GB HBM3",
      ceiling: null,
      rows,
    };
    const out = join(folder, "results");
    assertEquals(
      await writeComparison(out, comparison, "tile", "a machine"),
      join(out, "nvidia-h100-80gb.md"),
    );
    const names = Array.from(Deno.readDirSync(out), ({ name }) => name).sort();
    assertEquals(names, ["json", "md", "svg"].map((ending) => `nvidia-h100-80gb.${ending}`));
    const { versions } = JSON.parse(Deno.readTextFileSync(join(out, "nvidia-h100-80gb.json")));
    assertEquals(Object.keys(versions), ["everyclass", "deno", "jax-js"]);
    assertStringIncludes(JAX, versions["jax-js"]);
    const jaxAndTf = [...rows, row("a", "tfjs wasm", 3)];
    await writeComparison(out, { ...comparison, rows: jaxAndTf }, "tile", "a machine");
    const text = Deno.readTextFileSync(join(out, "nvidia-h100-80gb.md"));
    assertStringIncludes(text, `TensorFlow.js ${tfjsBackend("wasm").split("@").at(-1)}.`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench results: a run in parts keeps rows of other workloads, and puts all into their order", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assertEquals(await earlierRows(folder, "a card"), null);
    const [old, again] = [row("matmul 512", "everyclass", 9), row("matmul 512", "everyclass", 3)];
    const [later, job] = [row("matmul 1024", "everyclass", 7), row("main job", "everyclass", 5)];
    const written = {
      date: "2030-01-02T03:04:05.000Z",
      adapter: "a card",
      ceiling: { gflops: 2, gbs: 1 },
      rows: [old, job],
    };
    await writeComparison(folder, written, "tile", "a machine");
    const earlier = await earlierRows(folder, "a card");
    assertEquals(earlier, written);
    assertEquals(inOrder([later], earlier!.rows), [old, later, job]);
    assertEquals(inOrder([later, again], earlier!.rows), [again, later, job]);
    await Deno.writeTextFile(join(folder, "a-card.json"), '{"rows": 1}');
    await assertRejects(() => earlierRows(folder, "a card"), SyntaxError, "a table of an earlier run");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
