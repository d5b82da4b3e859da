// Writes a document of tables as Markdown and as HTML.

import { columnsOf } from "../flags/columns.ts";
import { type Markup, markup } from "../report/page/html.ts";
import { page, type PageHead } from "../report/page/page.ts";
import { factList } from "../report/facts.ts";

/** A line of a table. */
export interface Line {
  cells: readonly string[];
  /** Set on numbers of other people, for comparison. */
  isReference?: boolean;
}

/** A table under its heading. */
export interface TableSection {
  heading: string;
  text: string;
  head: readonly string[];
  /** Number of leading columns of words; the other columns hold numbers. */
  words: number;
  lines: readonly Line[];
}

/** The content of the document. */
export interface TablePage extends PageHead {
  sections: readonly TableSection[];
  /** The machine and its speed. */
  facts: Record<string, string>;
  /** Command that repeats the run, with names in place of the machine's paths. */
  command: string;
}

/** Writes the document as Markdown: tables, facts, the command. */
export function asMarkdown({ title, lead, sections, facts, command }: TablePage): string {
  const parts = [
    `# ${title}`,
    lead,
    ...sections.flatMap((section) => [`## ${section.heading}`, section.text, markdownTable(section)]),
    "## Machine",
    Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`).join("\n"),
    "## How to repeat it",
    `    ${command}`,
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

/** Writes the document as one HTML page in the report's style. */
export function asHtml({ sections, facts, command, ...head }: TablePage, config: string): string {
  return page(head, [
    ...sections.map((section) =>
      markup`<section>
<h2>${section.heading}</h2>
<p>${section.text}</p>
${htmlTable(section)}
</section>
`
    ),
    markup`<section>
<h2>Machine</h2>
${factList(facts)}
</section>
<section>
<h2>How to repeat it</h2>
<pre>${command}</pre>
<p class="note">The config that the rows share:</p>
<pre>${config.trimEnd()}</pre>
</section>
`,
  ]);
}

/** Pads columns, so that the Markdown reads as a table; numbers to the right. */
function markdownTable({ head, lines, words }: TableSection): string {
  const rows = [head, ...lines.map(({ cells }) => cells)].map((cells) =>
    cells.map((cell) => cell.replaceAll("|", "\\|"))
  );
  const isText = (column: number) => column < words;
  const { rows: padded, widths } = columnsOf(rows, isText, 3);
  const [first, ...others] = padded.map((cells) => `| ${cells.join(" | ")} |`);
  const rule = widths.map((width, i) => isText(i) ? "-".repeat(width) : "-".repeat(width - 1) + ":");
  return [first, `| ${rule.join(" | ")} |`, ...others].join("\n");
}

function htmlTable({ head, lines, words }: TableSection): Markup {
  const kind = (column: number) => column < words ? markup` class="text"` : null;
  const heads = head.map((name, i) => markup`<th${kind(i)}>${name}</th>`);
  const rows = lines.map(({ cells, isReference }) =>
    markup`<tr${isReference ? markup` class="reference"` : null}>${
      cells.map((cell, i) => markup`<td${kind(i)}>${cell}</td>`)
    }</tr>\n`
  );
  return markup`<div class="scroll"><table>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>`;
}
