import { type Config, configToYaml } from "../config/load.ts";
import { losses } from "../config/schema/losses.ts";
import type { Metrics } from "../results/metrics.ts";
import type { ClassRow, Summary } from "../results/records.ts";
import { factList, machineFacts, sources } from "../report/facts.ts";
import { type Markup, markup } from "../report/page/html.ts";
import { page } from "../report/page/page.ts";
import { recallFigure } from "../report/recalls.ts";
import { recallSection } from "../report/run.ts";
import { svgFile } from "../report/page/svg_file.ts";
import { formatMetric, metricColumns } from "../results/table.ts";

/** A model before and after its classifier was re-trained. */
export interface Pair {
  name: string;
  before: Metrics;
  after: Metrics;
  /** Recalls of all classes. */
  classes: ClassRow[];
}

/** The content of the page. */
export interface Figures extends Pick<Summary, "throughput" | "adapter" | "family" | "versions" | "images"> {
  models: Pair[];
  seed: number;
}

/** Draws the figure of a model as a file that stands alone. */
export function figureFile({ name, classes }: Pair, config: Config): string {
  return svgFile(
    recallFigure(classes),
    `${name}: recall of every class before and after ${losses[config.loss.name].title}`,
  );
}

/** Writes all figures on one page, with a table of the metrics. */
export function figuresPage(figures: Figures, config: Config, date: Date): string {
  const { models, images } = figures;
  const loss = losses[config.loss.name].title;
  const names = models.map(({ name }) => name);
  const list = names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0];
  const lead =
    `Recall of every class before and after the classifier was re-trained with ${loss}, for ${list}: on ` +
    `${sources[config.data.source]} cut to a long tail of ratio ${config.data.ratio} ` +
    `(${images.train.toLocaleString("en")} training images).`;
  const sections = models.map(({ name, classes }, i) =>
    recallSection(`Figure ${i + 1}. ${name}`, classes, recallFigure(classes, `recalls${i + 1}`))
  );
  return page({ title: `Before and after ${loss}`, date, lead }, [
    markup`<section>
<h2>The models</h2>
${pairsMarkup(models)}
</section>
`,
    ...sections,
    markup`<section>
<h2>Machine</h2>
${factList(machineFacts(figures, { Seed: String(figures.seed) }))}
</section>
<section>
<h2>How to repeat it</h2>
<pre>deno task reproduce figures ${
      names.map((name) => `--checkpoint ${name}=FILE`).join(" ")
    } --data DIR</pre>
<p class="note">The config that the models share:</p>
<pre>${configToYaml(config).trimEnd()}</pre>
</section>
`,
  ]);
}

function pairsMarkup(models: readonly Pair[]): Markup {
  const row = (name: string, metrics: Metrics, reference: boolean) =>
    markup`<tr${reference ? markup` class="reference"` : null}><td>${name}</td>${
      metricColumns.map(({ key, decimals }) => markup`<td>${formatMetric(metrics[key], decimals)}</td>`)
    }</tr>\n`;
  return markup`<div class="scroll"><table>
<thead><tr><th></th>${metricColumns.map(({ head }) => markup`<th>${head}</th>`)}</tr></thead>
<tbody>
${
    models.map((
      { name, before, after },
    ) => [row(`${name} before`, before, true), row(`${name} after`, after, false)])
  }
</tbody>
</table></div>`;
}
