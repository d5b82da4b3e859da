import css from "./report.css" with { type: "text" };
import sectionsCss from "./sections.css" with { type: "text" };
import { Markup, markup } from "./html.ts";

/** The head of a page. */
export interface PageHead {
  title: string;
  /** Stands below the title, such as the name of a run. */
  name?: string | null;
  /** When the run began. */
  date: Date;
  /** A sentence on the work that the page reports. */
  lead: string;
  /** More content of the head. */
  below?: Markup | null;
  /** Rules of this page alone, behind those of all pages. */
  style?: string;
}

/** A page as one HTML file: no script, nothing loaded from outside, light and dark, for print too. */
export function page(
  { title, name = null, date, lead, below = null, style = "" }: PageHead,
  sections: Markup | Markup[],
): string {
  const minute = date.toISOString().slice(0, 16).replace("T", " ");
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="everyclass">
<title>${title}${name === null ? "" : ` · ${name}`} · everyclass</title>
<style>
${new Markup(css + sectionsCss + style)}</style>
</head>
<body>
<header>
<p class="overline">everyclass · ${minute} UTC</p>
<h1>${title}</h1>
${name === null ? null : markup`<p class="name">${name}</p>\n`}<p class="lead">${lead}</p>
${below}
</header>
<main>
${sections}</main>
</body>
</html>
`.text;
}
