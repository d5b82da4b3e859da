import { plural } from "../../progress/count.ts";
import type { Evidence } from "../../results/evidence.ts";
import { confusionChanges, confusionMatrix, confusionPairs } from "../../statistics/confusions.ts";
import { type Markup, markup } from "../page/html.ts";

/** Up to so many classes the whole matrix is shown, beyond it some rows in words. */
const MOST_CELLS = 40;
/** Up to so many classes every cell has its number. */
const NUMBERED = 20;
/** Rows of the worst classes where the matrix is too large, and classes named in a row. */
const [ROWS, NAMED] = [20, 5];
/** Pairs of classes that are told in words, each way. */
const PAIRS = 4;

/** Shows which classes are taken for which, before and after. */
export function confusionSection({ labels, before, after }: Evidence, names: readonly string[]): Markup {
  const classes = names.length;
  const matrixOf = (model: { predictions: ArrayLike<number> }) =>
    confusionMatrix(labels, model.predictions, classes);
  const now = matrixOf(after);
  const old = before && matrixOf(before);
  const isWhole = classes <= MOST_CELLS;
  const shown = isWhole ? matrixTable(now, names) : worstRows(now, names);
  const earlier = old && (isWhole ? matrixTable(old, names) : worstRows(old, names));
  const note = isWhole
    ? "Each row holds the test images of one class, in per cent by the class that the model takes them for; the " +
      "diagonal is the recall."
    : `The ${ROWS} classes of the lowest recall, and the classes that most of their test images are taken for.`;
  return markup`<section>
<h2>What is taken for what</h2>
${pairWords(old, now, names)}<p class="note">${note}</p>
${shown}
${earlier && markup`<details><summary>The same before</summary>\n${earlier}\n</details>\n`}</section>
`;
}

/** Tells the pairs of classes between which most images moved; without a model before, the largest confusions. */
function pairWords(
  before: ArrayLike<number> | null,
  after: Uint32Array,
  names: readonly string[],
): Markup | null {
  const classes = names.length;
  const total = (label: number) => sum(after.subarray(label * classes, (label + 1) * classes));
  if (!before) {
    const pairs = confusionPairs(after, classes).slice(0, PAIRS);
    if (pairs.length === 0) return markup`<p>No test image is taken for another class.</p>\n`;
    return list(
      "The largest confusions:",
      pairs.map(({ from, to, images }) =>
        `${images} of the ${plural(total(from), "image")} of ${names[from]} are taken for ${names[to]}`
      ),
    );
  }
  const changes = confusionChanges(before, after, classes);
  const words = (pairs: typeof changes) =>
    pairs.map(({ from, to, images, before }) =>
      `${images} of the ${plural(total(from), "image")} of ${names[from]} are taken for ${
        names[to]
      }, ${before} before`
    );
  const grown = changes.filter(({ images, before }) => images > before).slice(0, PAIRS);
  const shrunk = changes.filter(({ images, before }) => images < before).reverse().slice(0, PAIRS);
  return markup`<div class="pair">
${shrunk.length > 0 ? list("Taken for the wrong class less often:", words(shrunk)) : null}${
    grown.length > 0 ? list("Taken for the wrong class more often:", words(grown)) : null
  }</div>
`;
}

function list(heading: string, lines: readonly string[]): Markup {
  return markup`<div><p>${heading}</p>
<ul>
${lines.map((line) => markup`<li>${line}</li>\n`)}</ul></div>
`;
}

/** A matrix as a heat map: each cell as dark as its share of the row. */
function matrixTable(matrix: Uint32Array, names: readonly string[]): Markup {
  const classes = names.length;
  const rows = names.map((name, from) => {
    const row = matrix.subarray(from * classes, (from + 1) * classes);
    const total = sum(row);
    const cells = Array.from(row, (images, to) => {
      if (images === 0) return markup`<td></td>`;
      const share = 100 * images / total;
      const color = from === to ? "after" : "worse";
      const style = `background:color-mix(in srgb, var(--${color}) ${share.toFixed(0)}%, var(--zone))`;
      const text = classes > NUMBERED ? "" : share < 0.5 ? "·" : share.toFixed(0);
      const title = `${images} of ${plural(total, "image")} of ${name} are taken for ${names[to]}`;
      const isDark = share > 55 ? markup` class="dark"` : null;
      return markup`<td${isDark} style="${style}" title="${title}">${text}</td>`;
    });
    return markup`<tr><th class="text">${name}</th>${cells}</tr>\n`;
  });
  const heads = names.map((name) => markup`<th><span>${name}</span></th>`);
  return markup`<div class="scroll" tabindex="0"><table class="matrix">
<thead><tr><th class="text">true class ↓ taken for →</th>${heads}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>`;
}

/** The rows of the classes of the lowest recall, each with the classes that it is most often taken for. */
function worstRows(matrix: Uint32Array, names: readonly string[]): Markup {
  const classes = names.length;
  const rows = names.map((name, from) => {
    const row = matrix.subarray(from * classes, (from + 1) * classes);
    const total = sum(row);
    const others = Array.from(row, (images, to) => ({ to, images }))
      .filter(({ to, images }) => to !== from && images > 0).sort((a, b) => b.images - a.images);
    return { name, total, right: row[from], others };
  }).filter(({ total }) => total > 0).sort((a, b) => a.right / a.total - b.right / b.total).slice(0, ROWS);
  const lines = rows.map(({ name, total, right, others }) => {
    const rest = others.length - NAMED;
    const taken = others.slice(0, NAMED).map(({ to, images }) => `${names[to]} (${images})`).join(", ") +
      (rest > 0 ? ` and ${rest} more` : "");
    return markup`<tr><td class="text">${name}</td><td>${total}</td><td>${right}</td><td class="text">${
      taken || "–"
    }</td></tr>\n`;
  });
  return markup`<div class="scroll" tabindex="0"><table>
<thead><tr><th class="text">class</th><th>test images</th><th>right</th><th class="text">taken for</th></tr></thead>
<tbody>
${lines}</tbody>
</table></div>`;
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}
