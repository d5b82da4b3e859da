// The command that sets runs side by side, on made-up runs.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { everyclass } from "../command.ts";
import { assertSelfContained } from "../report/page.ts";
import { inFolder, madeUpRun } from "./made_up_run.ts";

/** Compares runs and reads the page. */
async function compare(runs: string[], out: string, ...flags: string[]) {
  const finished = await everyclass(["compare", ...runs, "--out", out, ...flags]);
  assertEquals([finished.code, finished.err], [0, ""]);
  return { html: Deno.readTextFileSync(out), out: finished.out };
}

/** A command line that is refused, with its message. */
async function refused(...args: string[]): Promise<string> {
  const { code, out, err } = await everyclass(["compare", ...args]);
  assertEquals([code, out], [1, ""]);
  return err;
}

/** The cells of the row that begins with this word, without their markup. */
function textCells(html: string, word: string): string[] {
  const row = html.split("<tr").find((part) => part.startsWith(`><td class="text">${word}</td>`))!;
  return [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map(([, cell]) => cell.replace(/<[^>]*>/g, ""))
    .slice(1);
}

Deno.test(
  "compare: runs that differ by seed only are a group with means and deviations, other runs stand beside it",
  inFolder(async (path) => {
    await madeUpRun(path("gml"), { seed: 0, recalls: [0.9, 0.4] });
    await madeUpRun(path("gml-2"), { seed: 1, recalls: [0.8, 0.2], keys: { workers: 3, tune: "off" } });
    await madeUpRun(path("ce"), { recalls: [0.95, 0.1], keys: { name: "ce", loss: "ce", batch: 64 } });
    const { html, out } = await compare([path("gml"), path("ce"), path("gml-2")], path("pages/a.html"));
    // Means of 65 and 50: 57.5, and their deviation 15 / sqrt(2).
    assertEquals(textCells(html, "gml after")[0], "57.50 ± 10.61");
    assertEquals(textCells(html, "gml before")[0], "45.00 ± 0.00");
    assertEquals(textCells(html, "gml after")[3], "30.00 ± 14.14");
    assertEquals(textCells(html, "ce after").slice(0, 5), ["52.50", "30.82", "18.10", "10.00", "0"]);
    assertEquals(textCells(html, "batch"), ["128", "64"]);
    assertEquals(textCells(html, "loss.name"), ["gml", "ce"]);
    for (const same of ["workers", "tune", "seed", "name", "epochs"]) {
      assert(!html.includes(`<td class="text">${same}</td>`), same);
    }
    assertEquals(textCells(html, "dog"), ["5", "30.00 ± 14.14", "10.00", "−20.00"]);
    assertEquals(textCells(html, "cat"), ["500", "85.00 ± 7.07", "95.00", "+10.00"]);
    assertStringIncludes(html, "standard deviation of the sample");
    assertSelfContained(html, ["gml", "gml-2", "ce"].map((run) => `../${run}/report.html`));
    assertStringIncludes(html, `href="../gml-2/report.html"`);
    assertStringIncludes(out, "57.50 ± 10.61");
    assertStringIncludes(out, `Page: ${path("pages/a.html")}`);
  }),
);

Deno.test(
  "compare: --json prints the comparison and nothing else, --quiet nothing",
  inFolder(async (path) => {
    await madeUpRun(path("a"), { seed: 0 });
    await madeUpRun(path("b"), { seed: 1, recalls: [0.8, 0.2] });
    const { out } = await compare([path("a"), path("b")], path("c.html"), "--json");
    const { groups, differences, classes } = JSON.parse(out);
    assertEquals(differences, []);
    assertEquals(groups.length, 1);
    const [{ name, seeds, runs, after, ensemble }] = groups;
    assertEquals([name, seeds, ensemble], ["gml", [0, 1], null]);
    assertEquals(after.mean, { mean: 57.5, deviation: 10.6066 });
    assertEquals(runs.map(({ path, seed }: { path: string; seed: number }) => [path, seed]), [
      [path("a"), 0],
      [path("b"), 1],
    ]);
    assertEquals(runs[0].date, "2026-01-02T03:04:05.000Z");
    assertEquals(classes[1].recalls, [{ mean: 30, deviation: 14.1421 }]);
    assertEquals((await compare([path("a"), path("b")], path("c.html"), "--quiet")).out, "");
  }),
);

Deno.test(
  "compare: a seed that was run again counts once, by its newest run",
  inFolder(async (path) => {
    await madeUpRun(path("a"), { recalls: [0.1, 0.1] });
    await madeUpRun(path("b"), { date: "2026-03-01T00:00:00.000Z" });
    const { html } = await compare([path("b"), path("a")], path("c.html"));
    assertEquals(textCells(html, "gml after")[0], "65.00");
    assertStringIncludes(html, "<td>0 again, not counted</td>");
  }),
);

Deno.test(
  "compare: groups of one config name are told apart by their folders",
  inFolder(async (path) => {
    await madeUpRun(path("a"), { keys: { epochs: 4 } });
    await madeUpRun(path("b"), { keys: { epochs: 5 } });
    await madeUpRun(path("other/b"), { keys: { epochs: 6 } });
    assertEquals(
      textCells((await compare([path("a"), path("b")], path("c.html"))).html, "a after")[0],
      "65.00",
    );
    const { html } = await compare([path("a"), path("b"), path("other/b")], path("c.html"));
    assertEquals(textCells(html, `${path("other/b")} after`)[0], "65.00");
  }),
);

Deno.test(
  "compare: a measured checkpoint stands beside a run, and runs of other classes without their recalls",
  inFolder(async (path) => {
    await madeUpRun(path("a"), { names: [`<b>"x", y\n`, "dog"] });
    await madeUpRun(path("m"), { recalls: null, keys: { name: "m" }, names: [`<b>"x", y\n`, "dog"] });
    await madeUpRun(path("o"), { keys: { name: "o", epochs: 3 }, names: ["one", "two"] });
    const measured = (await compare([path("a"), path("m")], path("c.html"))).html;
    assertEquals(textCells(measured, "m")[0], "45.00");
    assertEquals(textCells(measured, "command"), ["finetune", "evaluate"]);
    assertEquals(textCells(measured, "dog"), ["5", "40.00", "10.00", "−30.00"]);
    assertStringIncludes(measured, "&lt;b&gt;&quot;x&quot;, y");
    const other = await compare([path("a"), path("o")], path("c.html"));
    assertStringIncludes(other.html, "the runs do not have the same classes");
    Deno.removeSync(path("m/recalls.csv"));
    const without = await compare([path("a"), path("m")], path("c.html"));
    assertStringIncludes(without.html, "or a run has no\nrecalls.csv");
  }),
);

Deno.test(
  "compare: what are no two runs of one model is refused by name, and no page is left",
  inFolder(async (path) => {
    const [a, out] = [path("a"), path("pages/c.html")];
    await madeUpRun(a);
    await madeUpRun(path("table"), { task: "reproduce table1 --seeds 3 --ablations quick" });
    Deno.writeTextFileSync(path("table/summary.json"), `{"seeds": [0], "rows": []}`);
    assertStringIncludes(await refused("--out", out), "at least 2 runs");
    assertStringIncludes(
      await refused(a, "--out", out),
      `at least 2 runs, such as runs/a runs/b, current is ${a}`,
    );
    assertStringIncludes(await refused(a, `${a}/`, "--out", out), `Cannot compare ${a}/ with itself`);
    assertStringIncludes(
      await refused(a, path("none"), "--out", out),
      `Cannot read the summary of the run ${path("none/summary.json")}`,
    );
    assertStringIncludes(await refused(a, path("table"), "--out", out), "current is of reproduce table1");
    assertStringIncludes(
      await refused(a, path("a/config.yaml"), "--out", out),
      "Cannot read the summary of the run",
    );
    await madeUpRun(path("b"), { seed: 1 });
    Deno.writeTextFileSync(path("b/recalls.csv"), "class,name,train_images,before,after\n0,cat,many,1,2\n");
    assertStringIncludes(await refused(a, path("b"), "--out", out), "row 1 is 0,cat,many,1,2");
    assertStringIncludes(await refused(a, path("b"), "--seed", "1"), "it is not a flag of compare");
    assert(![...Deno.readDirSync(path())].some(({ name }) => name === "pages"));
  }),
);

Deno.test(
  "compare: a process has the permissions that its task gives, and the page without --out is runs/compare.html",
  inFolder(async (path) => {
    for (const seed of [0, 1]) await madeUpRun(path(`runs/run ${seed}`), { seed });
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    const args = manifest.tasks.compare.command.split(" ").slice(1)
      .map((word) => word.endsWith(".ts") ? `${root}${word}` : word);
    assert(!args.some((word) => /ffi|net|run=|-A|allow-sys/.test(word)), args.join(" "));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [args[0], "--config", `${root}deno.json`, ...args.slice(1), "runs/run 0", "runs/run 1"],
      cwd: path(),
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "Page: runs/compare.html");
    assertSelfContained(
      Deno.readTextFileSync(path("runs/compare.html")),
      ["run%200/report.html", "run%201/report.html"],
    );
  }),
);
