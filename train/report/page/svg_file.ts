import { escape } from "@std/html";
import css from "./report.css" with { type: "text" };

/** Height of the legend below the plot, and the margin around both. */
const LEGEND = 32;
const MARGIN = 16;

/** Entries of a recall figure's legend: meaning of each colour, and where the entry begins. */
const ENTRIES = [
  { x: 52, colour: "before", text: "before" },
  { x: 132, colour: "after", text: "after, or a gain" },
  { x: 262, colour: "worse", text: "a loss" },
] as const;

/**
 * A plot of the report as an SVG file that stands alone: for programs that know neither the page's style sheet nor CSS
 * variables, so the colours of the light page are written out and the legend is in it.
 *
 * @param inline The plot as it stands in the page.
 * @param title A title for the plot.
 */
export function svgFile(inline: string, title: string): string {
  const [, width, height] = /<svg [^>]*viewBox="0 0 (\S+) (\S+)"/.exec(inline)!;
  const [w, h] = [Number(width) + 2 * MARGIN, Number(height) + LEGEND + 2 * MARGIN];
  const [size, corner] = [`width="${w}" height="${h}"`, -MARGIN];
  const y = Number(height) + LEGEND / 2;
  const legend = ENTRIES.map(({ x, colour, text }) =>
    `<rect x="${x}" y="${y - 6}" width="12" height="12" rx="2" fill="var(--${colour})"></rect>\n` +
    `<text x="${x + 20}" y="${y}" dominant-baseline="central" style="font-size:12px" fill="var(--muted)">` +
    `${text}</text>\n`
  );
  return inline
    .replace(
      /^<svg [^>]*>/,
      () =>
        `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size} ` +
        `viewBox="${corner} ${corner} ${w} ${h}" font-family="Helvetica, Arial, sans-serif">\n` +
        `<title>${escape(title)}</title>\n` +
        `<rect x="${corner}" y="${corner}" ${size} fill="var(--paper)"></rect>`,
    )
    .replace(/<\/svg>$/, () => legend.join("") + "</svg>\n")
    .replaceAll("font-family:inherit;", "")
    .replace(/var\(--(\w+)\)/g, (_, name) => lightColours[name]);
}

/** The colours of the light page: the style sheet's first block. */
const lightColours: Record<string, string> = Object.fromEntries(
  [...css.slice(0, css.indexOf("}")).matchAll(/--(\w+): (#\w+);/g)].map(([, name, value]) => [name, value]),
);
