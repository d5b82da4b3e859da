import * as echarts from "echarts";

/** A drawing in ECharts' own terms. */
export type Drawing = echarts.EChartsOption;

/** Colours of the page as CSS variables, so that a plot follows the light and the dark theme. */
export const colour = {
  paper: "var(--paper)",
  ink: "var(--ink)",
  muted: "var(--muted)",
  rule: "var(--rule)",
  zone: "var(--zone)",
  before: "var(--before)",
  after: "var(--after)",
  worse: "var(--worse)",
  ensemble: "var(--ensemble)",
} as const;

/** The text of all plots: the page's own font. */
export const textStyle = { fontFamily: "inherit", fontSize: 12, color: colour.muted } as const;

/**
 * Draws a plot as SVG for the inside of an HTML page: no script, no style sheet, no link.
 *
 * @param id Unique in the page; ids within the SVG begin with it.
 * @param label A description of the plot, for people who cannot see it.
 */
export function renderSvg(
  id: string,
  label: string,
  drawing: Drawing,
  width: number,
  height: number,
): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ ...drawing, animation: false, backgroundColor: "transparent", textStyle });
    return inline(chart.renderToSVGString(), id, label);
  } finally {
    chart.dispose(); // or its timers keep the process alive
  }
}

/** Removes the parts that an SVG inside HTML does not need, and makes its ids unique in the page. */
function inline(svg: string, id: string, label: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, "") // rules for hovering
    .replace(/ (class|ecmeta_\w+|xmlns(:\w+)?|baseProfile|version|pointer-events)="[^"]*"/g, "")
    .replace(/\bzr\d+-/g, `${id}-`)
    .replace(/\n+/g, "\n")
    .replace("<svg ", `<svg id="${id}" role="img" aria-label="${echarts.format.encodeHTML(label)}" `)
    .trim();
}
