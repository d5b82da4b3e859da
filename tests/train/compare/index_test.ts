// The index of the runs in a folder, from made-up runs.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { refreshIndex } from "../../../train/compare/index_file.ts";
import { filesIn } from "../command.ts";
import { assertSelfContained } from "../report/page.ts";
import { inFolder, madeUpRun } from "./made_up_run.ts";

/** Refreshes the index after a run of a root that gets one, and reads it. */
async function indexAfter(run: string, root: string): Promise<{ html: string; told: string[] }> {
  const told: string[] = [];
  await refreshIndex(run, { line: (text) => void told.push(text) }, root);
  return { html: Deno.readTextFileSync(`${root}/index.html`), told };
}

/** The rows of the index: the text of each cell. */
function rowsOf(html: string): string[][] {
  const [, body] = /<tbody>([\s\S]*)<\/tbody>/.exec(html)!;
  return body.split("</tr>").slice(0, -1).map((row) =>
    [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map(([, cell]) => cell.replace(/<[^>]*>/g, ""))
  );
}

Deno.test(
  "index: every run has a row with its facts and links, the newest first",
  inFolder(async (path) => {
    await madeUpRun(path("old"));
    await madeUpRun(path("new run"), {
      date: "2026-02-03T04:05:06.000Z",
      keys: { loss: "ce", network: "resnet32", data: { source: "cifar100", ratio: 1 } },
    });
    await madeUpRun(path("measured"), { recalls: null, date: "2026-01-01T00:00:00.000Z" });
    const { html, told } = await indexAfter(path("old"), path());
    assertEquals(told, []);
    assertEquals(
      rowsOf(html),
      [
        "new run|2026-02-03 04:05|finetune|CIFAR-100|resnet32|ce|65.00|60.00|55.38|10.00 → 40.00|file",
        "old|2026-01-02 03:04|finetune|CIFAR-100, ratio 100|resnet8|gml|65.00|60.00|55.38|10.00 → 40.00|file",
        "measured|2026-01-01 00:00|evaluate|CIFAR-100, ratio 100|resnet8|gml|45.00|28.28|17.78|10.00|–",
      ].map((row) => row.split("|")),
    );
    assertSelfContained(
      html,
      ["new%20run", "old"].flatMap((run) => [`${run}/report.html`, `${run}/checkpoint.safetensors`]),
    );
    for (const run of ["new%20run", "old"]) assertStringIncludes(html, `href="${run}/report.html"`);
    assertStringIncludes(html, "3 runs in this folder");
  }),
);

Deno.test(
  "index: a summary that has no date lends the time of its file",
  inFolder(async (path) => {
    await madeUpRun(path("a"), { date: null });
    Deno.utimeSync(path("a/summary.json"), 0, Date.parse("2025-05-06T07:08:09Z") / 1000);
    assertEquals(rowsOf((await indexAfter(path("a"), path())).html)[0][1], "2025-05-06 07:08");
  }),
);

Deno.test(
  "index: folders that hold no readable run are rows with the reason, and fail nothing",
  inFolder(async (path) => {
    await madeUpRun(path("whole"));
    for (
      const [name, file, content] of [
        ["torn", "summary.json", "{"],
        ["list", "summary.json", "[]"],
        ["strange", "summary.json", `{"before": {"mean": "<b>"}}`],
        ["dated", "summary.json", `{"date": "yesterday"}`],
        ["no keys", "config.yaml", "- 1"],
        ["no yaml", "config.yaml", "a: [&x *x"],
      ]
    ) {
      await madeUpRun(path(name));
      Deno.writeTextFileSync(path(name, file), content);
    }
    await madeUpRun(path("going on"));
    Deno.renameSync(path("going on/summary.json"), path("going on/work.safetensors"));
    await madeUpRun(path("<i>only & config"));
    Deno.removeSync(path("<i>only & config/summary.json"));
    Deno.mkdirSync(path("folder/summary.json"), { recursive: true });
    Deno.mkdirSync(path("others"));
    Deno.writeTextFileSync(path("file"), "");
    const { html, told } = await indexAfter(path("whole"), path());
    assertEquals(told, []);
    const rows = new Map(rowsOf(html).map(([name, , fault]) => [name, fault]));
    assertEquals(
      [...rows.keys()].sort(),
      [
        "&lt;i&gt;only &amp; config",
        "dated",
        "folder",
        "going on",
        "list",
        "no keys",
        "no yaml",
        "strange",
        "torn",
        "whole",
      ],
    );
    for (
      const [name, part] of [
        ["torn", "it takes JSON"],
        ["list", "it takes the summary of a run"],
        ["strange", "before.mean"],
        ["dated", "date"],
        ["no keys", "it takes keys and values"],
        ["no yaml", "it takes YAML"],
        ["going on", "was cut off or goes on"],
        ["folder", "leads to a folder"],
        ["&lt;i&gt;only &amp; config", "current path leads to none"],
      ]
    ) assertStringIncludes(rows.get(name)!, part);
    assert(!html.includes(path()), "the page names the machine's folders");
    assertSelfContained(html, ["whole/report.html", "whole/checkpoint.safetensors"]);
    assertStringIncludes(html, "1 run in this folder, the newest first, and 9 that cannot be shown");
  }),
);

Deno.test(
  "index: another folder gets none, but an index that is there is written anew",
  inFolder(async (path) => {
    await madeUpRun(path("a"));
    const line = () => {
      throw new Error("nothing to tell");
    };
    await refreshIndex(path("a"), { line }, path("runs"));
    assertEquals(filesIn(path()), ["a"]);
    await indexAfter(path("a"), path());
    await madeUpRun(path("b"));
    await refreshIndex(path("b"), { line }, path("runs"));
    assertEquals(rowsOf(Deno.readTextFileSync(path("index.html"))).map(([name]) => name), ["a", "b"]);
  }),
);

Deno.test(
  "index: a page of another origin stays, and an index that cannot be written fails nothing",
  inFolder(async (path) => {
    await madeUpRun(path("a"));
    Deno.writeTextFileSync(path("index.html"), "<title>Runs · my own</title>");
    assertEquals((await indexAfter(path("a"), path())).html, "<title>Runs · my own</title>");
    Deno.removeSync(path("index.html"));
    Deno.mkdirSync(path("index.html"));
    const told: string[] = [];
    await refreshIndex(path("a"), { line: (text) => void told.push(text) }, path());
    assertEquals(told.length, 1);
    assertStringIncludes(told[0], "The index of the runs stays as it was: ");
  }),
);

Deno.test(
  "index: what a killed run left of it is gone after the next run",
  inFolder(async (path) => {
    await madeUpRun(path("a"));
    const left = `.index.html.${crypto.randomUUID()}.tmp`;
    Deno.writeTextFileSync(path(left), "");
    await indexAfter(path("a"), path());
    assert(!filesIn(path()).includes(left));
  }),
);
