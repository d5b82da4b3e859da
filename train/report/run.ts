import { plural } from "../progress/count.ts";
import { configToYaml } from "../config/load.ts";
import type { Evidence } from "../results/evidence.ts";
import type { ClassRow, EpochRow, Summary } from "../results/records.ts";
import { factList, headFigures, machineFacts, timesBar } from "./facts.ts";
import { costSentence } from "../results/rule/cost.ts";
import { Markup, markup } from "./page/html.ts";
import { page } from "./page/page.ts";
import { confusionSection } from "./sections/confusion.ts";
import { mistakesSection } from "./sections/mistakes.ts";
import type { TestSlope } from "../results/rule/point.ts";
import { pointSection } from "./sections/point.ts";
import type { Verdict } from "../verdict/findings.ts";
import { MOST_BARS } from "./panel.ts";
import { metricsMarkup } from "./metrics_table.ts";
import { allClasses, type ClassStatisticsOf, listsMoves, worstClasses } from "./tables.ts";
import type { RunConfig } from "../config/schema/parts.ts";

/** The contents of a run's report, of any command. */
export interface RunReport {
  /** The run folder, as a user would name it. */
  folder: string;
  /** When the run began. */
  date: Date;
  /** The effective config. */
  config: RunConfig;
  /** The run's results; `after` must be there. */
  summary: Summary;
  /** Name of the data. */
  data: string;
  /** The other files of the folder that a reader may want, by name. */
  files?: readonly string[];
  /** The test images one by one; null where nobody looked at the images. */
  evidence?: Evidence | null;
  /** Verdict of the test images on the run; null where they cannot tell. */
  verdict?: Verdict | null;
  /** The slope of calls on the test images; null where they do not tell it. */
  slope?: TestSlope | null;
  /** All epochs. */
  epochs: readonly EpochRow[];
  /** All classes. */
  classes: readonly ClassRow[];
  /** More facts about the machine by name, such as its system. */
  machine?: Record<string, string>;
}

/**
 * The report of a run as one HTML file: no script, nothing loaded from outside, light and dark, for print too.
 *
 * @param task As in `deno task <task>`, with flags that the config does not hold. @param lead A sentence on the run's
 * work. @param only Name of the model where there is no model before.
 * @throws {TypeError} when nothing was trained.
 */
export async function renderReport(
  report: RunReport,
  task: string,
  lead: string,
  only = "after",
): Promise<string> {
  const { config, summary, classes, folder, date } = report;
  const { before, after } = summary;
  const { verdict = null, evidence = null } = report;
  const names = classes.map(({ name }) => name);
  if (after === null) {
    throw new TypeError("Cannot report the run: it takes metrics after training, there are none");
  }
  // ECharts takes half a second to load, and it is needed only here.
  const { recallFigure } = await import("./recalls.ts");
  const figure = recallFigure(classes, "recalls", verdict?.models);
  const curves = (await import("./curves.ts")).trainingCurves(report.epochs);
  const calibration = evidence && await import("./sections/calibration.ts");
  const { batchParts } = summary;
  const facts = machineFacts(summary, {
    ...report.machine,
    ...batchParts && batchParts.count > 1 && {
      Batches: `in ${batchParts.count} parts of ${
        plural(batchParts.images, "image")
      } at most, for the memory`,
    },
    Seed: String(summary.seed),
  });
  const plots = curves.length > 0
    ? markup`<section>
<h2>Training</h2>
<div class="pair curves">${curves.map((svg) => markup`<figure>${new Markup(svg)}</figure>`)}</div>
</section>
`
    : null;
  return page(
    {
      title: report.data,
      name: config.name,
      date,
      lead,
      below: markup`${fileLinks(report.files ?? [])}${headFigures(before, after)}`,
    },
    markup`${verdict && verdictSection(verdict)}<section>
<h2>${before ? "Before and after" : "Recall over the classes"}</h2>
${metricsMarkup(summary, verdict, only, config.groups)}${costNote(summary)}
</section>
${recallSection("Recall of every class", classes, figure, verdict)}${worstSection(classes, verdict)}${
      summary.point && pointSection(summary.point, report.slope)
    }${
      evidence && [
        confusionSection(evidence, names),
        calibration!.calibrationSection(evidence, only),
        evidence.mistakes && mistakesSection(evidence.mistakes, names),
      ]
    }${plots}<section>
<h2>Time</h2>
${timesBar(summary.seconds)}
</section>
<section>
<h2>Machine</h2>
${factList(facts)}
</section>
<section>
<h2>How to repeat it</h2>
<pre>deno task ${task} --config ${folder}/config.yaml</pre>
<p class="note">The same adapter, versions and seed give the same ${
      report.epochs.length > 0 ? "weights" : "numbers"
    }, bit for bit. The effective config:</p>
<pre>${configToYaml(config).trimEnd()}</pre>
</section>
`,
  );
}

/**
 * A section with the recalls of all classes as a drawn figure, and folded away as a table.
 *
 * @param statistics Those that the figure was drawn with.
 */
export function recallSection(
  heading: string,
  classes: readonly ClassRow[],
  figure: string,
  statistics: ClassStatisticsOf | null = null,
): Markup {
  const colours = [["before", "before"], ["after", "after, or a gain"], ["worse", "a loss"]];
  const keys = classes.some((row) => row.before !== null)
    ? colours.map(([name, text]) => markup`<span><i style="background:var(--${name})"></i>${text}</span>\n`)
    : null;
  const isDrawn = statistics !== null && classes.length <= MOST_BARS;
  const ensemble = isDrawn && statistics.models.ensemble
    ? markup`<span><i style="background:var(--ensemble)"></i>ensemble</span>\n`
    : null;
  const intervals = isDrawn ? markup`<span>Thin lines: 95 % intervals</span>\n` : null;
  return markup`<section>
<h2>${heading}</h2>
<p class="legend">
${keys}${ensemble}${intervals}<span>Classes from the largest to the smallest; above each group its mean recall</span>
</p>
<figure class="scroll" tabindex="0"><div class="wide">${new Markup(figure)}</div></figure>
${allClasses(classes, statistics)}
</section>
`;
}

/** The classes that a reader should look at; nothing if no class of a few moved. */
function worstSection(classes: readonly ClassRow[], statistics: ClassStatisticsOf | null): Markup | null {
  const tables = worstClasses(classes, statistics);
  if (tables.length === 0) return null;
  const doubts = statistics?.comparison ? markup`<p class="note">${DOUBTS}</p>\n` : null;
  return markup`<section>
<h2>${listsMoves(classes) ? "Gains and losses" : "The worst classes"}</h2>
<div class="pair">${tables}</div>
${doubts}</section>
`;
}

const DOUBTS =
  "Within chance: so few images changed sides that chance alone may have moved them (McNemar's test, corrected for " +
  "all classes). Unknown: with fewer than 10 test images nothing can be said of a class.";

/** A sentence on what the calls of the test images cost; nothing where all mistakes cost the same. */
function costNote({ cost }: Summary): Markup | null {
  const words = costSentence(cost);
  return words === null ? null : markup`\n<p>${words}</p>`;
}

/** Links to the files beside the report. */
function fileLinks(files: readonly string[]): Markup | null {
  if (files.length === 0) return null;
  return markup`<p class="files">Beside this report: ${
    files.map((file, i) => markup`${i > 0 ? ", " : null}<a href="${file}">${file}</a>`)
  }</p>\n`;
}

/** Shows the verdict: its first sentence large, the others below. */
function verdictSection({ first, sentences }: Verdict): Markup {
  return markup`<section class="verdict">
<h2>Verdict</h2>
<p class="lead">${first}</p>
${sentences.slice(1).map((sentence) => markup`<p>${sentence}</p>\n`)}</section>
`;
}
