import type { Evidence, ModelEvidence } from "../../results/evidence.ts";
import { Markup, markup } from "../page/html.ts";
import { colour, type Drawing, renderSvg, textStyle } from "../page/svg.ts";

/** Shows how far a model's probabilities are those of being right, before and after. */
export function calibrationSection({ labels, before, after }: Evidence, only = "after"): Markup {
  const row = (name: string, { predictions, calibration: { meanConfidence, ece } }: ModelEvidence) => {
    const right = Array.from(predictions).filter((predicted, i) => predicted === labels[i]).length;
    const percent = (value: number) => (100 * value).toFixed(2);
    const range = `${(100 * ece.low).toFixed(1)}–${(100 * ece.high).toFixed(1)}`;
    return markup`<tr><td>${name}</td><td>${percent(meanConfidence)}</td><td>${
      percent(right / labels.length)
    }</td><td>${percent(ece.value)}<small>${range}</small></td></tr>\n`;
  };
  const name = before ? "after" : only;
  return markup`<section>
<h2>Calibration</h2>
<div class="pair">
<figure>${new Markup(reliability(before, after, name))}</figure>
<div><div class="scroll" tabindex="0"><table>
<thead><tr><th></th><th>confidence</th><th>accuracy</th><th>ECE</th></tr></thead>
<tbody>
${before && row("before", before)}${row(name, after)}</tbody>
</table></div>
<p class="note">Confidence: the mean probability that the model gives to the class that it takes an image for, in per
cent; a confidence above the accuracy promises too much. ECE, the expected calibration error: how far confidence and
accuracy are apart on average over 15 stretches of confidence, with its 95 % interval. In the plot a model whose
probabilities are true lies on the dotted line, a model that promises too much below it; a larger dot stands for more
images.</p></div>
</div>
</section>
`;
}

/** The reliability diagram: accuracy by confidence. */
function reliability(before: ModelEvidence | null, after: ModelEvidence, name: string): string {
  const models = [
    ...before ? [{ name: "before", color: colour.muted, ...before.calibration }] : [],
    { name, color: colour.after, ...after.calibration },
  ];
  const axis = {
    type: "value",
    min: 0,
    max: 100,
    interval: 25,
    axisLabel: textStyle,
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colour.rule, width: 0.5 } },
  } as const;
  const drawing = {
    title: {
      text: "Accuracy by confidence, %",
      left: 0,
      top: 0,
      padding: 0,
      textStyle: { ...textStyle, fontWeight: "normal" },
    },
    grid: { left: 44, right: 64, top: 40, bottom: 40, outerBoundsMode: "none" },
    xAxis: {
      ...axis,
      name: "confidence, %",
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: textStyle,
      axisLine: { lineStyle: { color: colour.rule } },
    },
    yAxis: { ...axis, axisLine: { show: false } },
    series: [
      {
        type: "line",
        silent: true,
        symbol: "none",
        data: [[0, 0], [100, 100]],
        lineStyle: { color: colour.muted, type: [2, 3], width: 1 },
      },
      ...models.map(({ name, color, bins }) => ({
        type: "line",
        name,
        silent: true,
        emphasis: { disabled: true },
        data: bins.filter(({ images }) => images > 0).map(({ confidence, accuracy, images }) => ({
          value: [100 * confidence!, 100 * accuracy!],
          symbolSize: dotSize(images, bins),
        })),
        symbol: "circle",
        lineStyle: { color, width: 2 },
        itemStyle: { color, borderWidth: 0 },
        endLabel: { ...textStyle, show: models.length > 1, formatter: "{a}", color, distance: 8 },
        labelLayout: { moveOverlap: "shiftY" },
      })),
    ],
  } as Drawing;
  const label = `Accuracy by confidence${before ? " before and after" : ""}`;
  return renderSvg("reliability", label, drawing, 508, 340);
}

/** Diameter of a dot: its area grows with the share of the images. */
function dotSize(images: number, bins: readonly { images: number }[]): number {
  const all = bins.reduce((sum, bin) => sum + bin.images, 0);
  return Number((4 + 14 * Math.sqrt(images / all)).toFixed(1));
}
