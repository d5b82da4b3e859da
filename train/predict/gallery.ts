import { counted, plural } from "../progress/count.ts";
import { thumbnail } from "../../data/single/mod.ts";
import { Markup, markup } from "../report/page/html.ts";
import css from "./gallery.css" with { type: "text" };
import { percent, type Prediction, type Unread } from "./records.ts";

/** Longer side of a thumbnail in pixels. */
const SIDE = 160;

/** Most images of a page, which browsers still scroll through without a halt. */
export const MOST_SHOWN = 5000;

/** Tells how many thumbnails are made at a time. */
const AT_ONCE = 8;

/** An image of a gallery. */
export interface Shown extends Prediction {
  /** Its absolute path. */
  path: string;
}

/**
 * Writes predictions as one HTML page: a thumbnail, the class and a bar for each image, sorted as the reader likes by CSS
 * alone; no script, and nothing is loaded from outside. Where there are more than 5,000 images it has the least certain.
 *
 * @param model The checkpoint, for the head of the page. @param maxPixels Most pixels of an image.
 */
export async function galleryPage(
  predictions: readonly Shown[],
  unread: readonly Unread[],
  model: string,
  maxPixels: number,
): Promise<string> {
  const rising = predictions.map((_, i) => i).sort((a, b) =>
    predictions[a].probability - predictions[b].probability
  );
  const shown = new Set(rising.slice(0, MOST_SHOWN));
  const rank = new Map(rising.map((i, rank) => [i, rank + 1]));
  const wanted = [...predictions.entries()].filter(([i]) => shown.has(i));
  const figures: Markup[] = [];
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const part = wanted.slice(at, at + AT_ONCE);
    figures.push(...await Promise.all(part.map(([i, image]) => figureOf(image, rank.get(i)!, maxPixels))));
  }
  const unsure = predictions.filter((one) => one.unsure).length;
  const facts = [
    plural(predictions.length, "image"),
    ...unsure > 0 ? [`${counted(unsure)} unsure`] : [],
    ...unread.length > 0 ? [`${counted(unread.length)} not readable`] : [],
    ...predictions.length > MOST_SHOWN ? [`the ${counted(MOST_SHOWN)} least certain are shown`] : [],
  ].join(", ");
  const broken = unread.length === 0
    ? null
    : markup`<details><summary>Not readable: ${unread.length}</summary>
<ul>${unread.map(({ file, cause }) => markup`<li>${file}: ${cause}</li>\n`)}</ul></details>`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="generator" content="everyclass">
<title>Predictions · everyclass</title>
<style>
${new Markup(css)}</style>
</head>
<body>
<h1>Predictions</h1>
<p>${facts}; by ${model}</p>
<fieldset>
<label><input type="radio" name="order" id="given" checked> as given</label>
<label><input type="radio" name="order" id="rising"> least certain first</label>
<label><input type="radio" name="order" id="falling"> most certain first</label>
</fieldset>
<main class="gallery">
${figures}</main>
${broken}
</body>
</html>
`.text;
}

async function figureOf(
  { path, file, unsure, class: name, probability, top: [best, second] }: Shown,
  rank: number,
  maxPixels: number,
): Promise<Markup> {
  const words = unsure ? `${name} (${best.name}?)` : name;
  const picture = await thumbnail(await Deno.readFile(path), SIDE, maxPixels)
    .then((bytes) => markup`<img src="data:image/webp;base64,${bytes.toBase64()}" alt="" loading="lazy">`)
    .catch(() => null); // it was there and sound a moment ago
  return markup`<figure${unsure ? markup` class="unsure"` : null} style="--rank: ${rank}">
<div class="picture">${picture}</div>
<figcaption>
<div class="best"><span>${words}</span><span>${percent(probability)}</span></div>
<meter value="${probability.toFixed(4)}">${percent(probability)}</meter>
${
    second
      ? markup`<div class="second"><span>${second.name}</span><span>${
        percent(second.probability)
      }</span></div>`
      : null
  }
<span class="file">${file}</span>
</figcaption>
</figure>
`;
}
