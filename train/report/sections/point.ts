import { choiceWords, type Point, pointAt, pointText, type TestSlope } from "../../results/rule/point.ts";
import type { CurvePoint } from "../../results/rule/curve.ts";
import { Markup, markup } from "../page/html.ts";
import { type Line, linePlot } from "../page/line_plot.ts";

/** Numbers of a point in the order of the tables. */
const NUMBERS = ["mean", "hmean", "lowest", "accuracy"] as const;

/** A slope of calls that is nearer to 0 than this favours no classes. */
const NO_SLOPE = 0.05;

/**
 * Shows what the test images come to along `logits - t log N`, and the point in use.
 *
 * @param slope The slope of calls on the test images; null where they do not tell it.
 */
export function pointSection(point: Point, slope: TestSlope | null = null): Markup {
  const { t, curve } = point;
  const shown = t === 0 ? [0] : [0, t];
  const head =
    markup`<thead><tr><th>t</th><th>mean</th><th>H-mean</th><th>lowest</th><th>accuracy</th></tr></thead>`;
  return markup`<section>
<h2>Operating point</h2>
<p>The larger t, the more images go to the rare classes: t log N is taken off the logit of every class, N its training
images. ${originOf(point)}</p>
${
    slope === null
      ? null
      : markup`<p>${slopeWords(slope)}. The slope says how the number of test images that are called a
class grows with its training images, and looks at no label. A point chosen by it for the H-mean, on images like these,
would be ${pointText(slope.suggests)}.</p>\n`
  }<div class="pair">
<figure>${new Markup(plotOf(point))}</figure>
<div><table>
${head}
<tbody>
${shown.map((each) => row(pointAt(point, each), t))}</tbody>
</table>
<p class="note">A look at the test images, not a choice: a point chosen on them would say nothing about others. All
numbers are in per cent.</p>
<details><summary>All points</summary>
<table>
${head}
<tbody>
${curve.map((each) => row(each, t))}</tbody>
</table>
</details></div>
</div>
</section>
`;
}

/** Says how the point in use came to be. */
function originOf(point: Point): string {
  const { t, by, slope } = point;
  const choice = choiceWords(point);
  if (choice === null || slope === null) {
    return t === 0
      ? "In use is t = 0, which takes nothing off."
      : `In use is ${pointText(t)}, as the config gives it.`;
  }
  const [before, after] = [slope.before, slope.after].map((value) => value.toFixed(2));
  const how = by === "labels" ? "by their labels" : "by how often each class is called";
  const slopes = t === 0 ? `is ${before}` : `is ${before} at t = 0 and ${after} at ${pointText(t)}`;
  return `In use is ${
    pointText(t)
  }, ${choice}, ${how}; on those images the slope of calls against training images ` +
    `${slopes}.`;
}

/** Names the classes that are called more often than others. */
function slopeWords({ slope }: TestSlope): string {
  const favoured = Math.abs(slope) < NO_SLOPE
    ? "neither the frequent nor the rare classes"
    : `the ${slope > 0 ? "frequent" : "rare"} classes`;
  return `Calls favour ${favoured}: slope ${slope.toFixed(2)} (0: none)`;
}

function row(point: CurvePoint, used: number): Markup {
  const t = Number(point.t.toFixed(2));
  const name = point.t === used
    ? markup`<td class="key">${t}<small>in use</small></td>`
    : markup`<td>${t}</td>`;
  return markup`<tr>${name}${NUMBERS.map((key) => markup`<td>${point[key].toFixed(1)}</td>`)}</tr>\n`;
}

/** The curve, drawn so that its words can be read on a phone. */
function plotOf({ t, curve }: Point): string {
  const line = (name: string, colour: Line["colour"], key: typeof NUMBERS[number]): Line => ({
    name,
    colour,
    points: curve.map((point) => [point.t, point[key]]),
  });
  // Where all classes have as many test images the accuracy is the mean recall, and its line would hide the other.
  const isMean = curve.every(({ mean, accuracy }) => Math.abs(mean - accuracy) < 1e-9);
  const [min, max] = [curve[0].t, curve.at(-1)!.t];
  const share = (t - min) / (max - min);
  return linePlot("point", {
    heading: "Test images by t, %",
    label: `Mean recall, H-mean, lowest recall and accuracy of the test images by t from ${min} to ${max}; ` +
      `in use is ${pointText(t)}`,
    axis: { name: "t", min, max },
    lines: [
      ...isMean ? [] : [line("accuracy", "ink", "accuracy")],
      line("mean", "muted", "mean"),
      line("H-mean", "after", "hmean"),
      line("lowest", "worse", "lowest"),
    ],
    marks: [{
      at: t,
      text: `${pointText(t)}, in use`,
      align: share > 0.85 ? "right" : share < 0.15 ? "left" : "center",
    }],
    size: [420, 280],
  });
}
