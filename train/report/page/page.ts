import css from "./report.css" with { type: "text" };
import { Markup, markup } from "./html.ts";

/** The head of a page. */
export interface PageHead {
  title: string;
  /** When the run began. */
  date: Date;
  /** A sentence on the work that the page reports. */
  lead: string;
  /** More content of the head. */
  below?: Markup | null;
}

/** A page as one HTML file: no script, nothing loaded from outside, light and dark, for print too. */
export function page({ title, date, lead, below = null }: PageHead, sections: Markup | Markup[]): string {
  const minute = date.toISOString().slice(0, 16).replace("T", " ");
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="everyclass">
<title>${title} · everyclass</title>
<style>
${new Markup(css)}</style>
</head>
<body>
<header>
<p class="overline">everyclass · ${minute} UTC</p>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${below}
</header>
<main>
${sections}</main>
</body>
</html>
`.text;
}
