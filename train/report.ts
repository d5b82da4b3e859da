import type { Config } from "./config.ts";
import { configToYaml } from "./config.ts";
import type { ClassRow, EpochRow, Summary } from "./records.ts";
import { factList, headFigures, machineFacts, timesBar, whatWasDone } from "./report_facts.ts";
import { Markup, markup } from "./report_html.ts";
import { page } from "./report_page.ts";
import { allClasses, metricsSection, worstClasses } from "./report_tables.ts";

/** What the report tells of. */
export interface Report {
  /** The run folder, as a user would name it. */
  folder: string;
  /** When the run began. */
  date: Date;
  /** The effective config. */
  config: Config;
  /** The run's results; `after` must be there. */
  summary: Summary;
  /** All classes. */
  classes: readonly ClassRow[];
  /** All epochs. */
  epochs: readonly EpochRow[];
  /** More to tell of the machine, by name, such as its system. */
  machine?: Record<string, string>;
}

/**
 * The report of a run as one HTML file: no script, nothing loaded from outside, light and dark, for print too.
 *
 * @throws {TypeError} when nothing was re-trained.
 */
export async function renderReport(report: Report): Promise<string> {
  const { config, summary, classes, epochs, folder } = report;
  if (summary.after === null) {
    throw new TypeError("Cannot report the run: it takes metrics after re-training, there are none");
  }
  // ECharts takes half a second to load, and it is needed only here.
  const { recallFigure } = await import("./report_recalls.ts");
  const { curve } = await import("./report_curves.ts");
  const recalls = new Markup(recallFigure(classes));
  const loss = new Markup(curve("loss", "Training loss", epochs, (row) => row.loss));
  const accuracy = new Markup(curve("accuracy", "Training accuracy, %", epochs, (row) => row.accuracy));
  const facts = machineFacts(summary, { ...report.machine, Seed: String(summary.seed) });
  const head = { title: config.name, date: report.date, lead: whatWasDone(config, summary, classes) };

  return page(
    { ...head, below: headFigures(summary.before, summary.after) },
    markup`<section>
<h2>Before and after</h2>
${metricsSection(summary)}
</section>
<section>
<h2>Recall of every class</h2>
<p class="legend">
<span><i style="background:var(--before)"></i>before</span>
<span><i style="background:var(--after)"></i>after, or a gain</span>
<span><i style="background:var(--worse)"></i>a loss</span>
<span>Classes from the largest to the smallest; above each group its mean recall</span>
</p>
<figure class="scroll"><div class="wide">${recalls}</div></figure>
${allClasses(classes)}
</section>
<section>
<h2>The worst classes</h2>
<div class="pair">${worstClasses(classes)}</div>
</section>
<section>
<h2>Re-training</h2>
<div class="pair"><figure>${loss}</figure><figure>${accuracy}</figure></div>
</section>
<section>
<h2>Time</h2>
${timesBar(summary)}
</section>
<section>
<h2>Machine</h2>
${factList(facts)}
</section>
<section>
<h2>How to repeat it</h2>
<pre>deno task finetune --config ${folder}/config.yaml</pre>
<p class="note">The same adapter, versions and seed give the same weights, bit for bit. The effective config:</p>
<pre>${configToYaml(config).trimEnd()}</pre>
</section>
`,
  );
}
