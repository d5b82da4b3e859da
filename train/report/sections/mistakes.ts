import { plural } from "../../progress/count.ts";
import { Buffer } from "node:buffer";
import type { Mistake, Mistakes } from "../../results/mistakes.ts";
import { type Markup, markup } from "../page/html.ts";

/** Shows the most confident mistakes of the worst classes. */
export function mistakesSection({ classes, trouble }: Mistakes, names: readonly string[]): Markup | null {
  if (classes.length === 0) return null;
  const blocks = classes.map(({ label, images, wrong, mistakes }) =>
    markup`<h3>${names[label]}</h3>
<p class="note">${wrong} of ${plural(images, "test image")} are taken for other classes</p>
<ul class="mistakes">
${mistakes.map((mistake) => item(mistake, names))}</ul>
`
  );
  return markup`<section>
<h2>Confident mistakes</h2>
<p class="note">Of each of the worst classes the test images that the model takes for another class most
confidently: a wrong label among them counts against the model.</p>
${trouble && markup`<p class="note">There are no pictures: ${trouble}</p>\n`}${blocks}</section>
`;
}

function item({ index, predicted, confidence, path, picture }: Mistake, names: readonly string[]): Markup {
  const where = path ?? `test image ${index}`;
  const image = picture &&
    markup`<img src="data:${picture.type};base64,${
      Buffer.from(picture.bytes).toString("base64")
    }" alt="${where}">`;
  return markup`<li>${image}<span>taken for ${names[predicted]}, ${(100 * confidence).toFixed(0)} %</span>
<small>${where}</small></li>
`;
}
