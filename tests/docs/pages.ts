// The pages that people read, and what they have of commands and blocks of code.

/** The pages. */
export const PAGES: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "configs/README.md"],
  ...[...Deno.readDirSync("docs")].filter(({ name }) => name.endsWith(".md")).map(({ name }) =>
    `docs/${name}`
  ).sort(),
];

/** A page taken apart. */
export interface Page {
  /** The commands, in blocks and in the text, each once, without the comments behind them. */
  commands: string[];
  /** The blocks that are neither TypeScript nor commands alone, by their first line. */
  others: string[];
  /** The marks in the page. */
  marks: Mark[];
}

/** A reason why something of a page does not run: `<!-- not run: reason -->` above a block, or with commands named. */
export interface Mark {
  reason: string;
  /** The commands that it names between backticks. */
  commands: string[];
  /** The first line of the block under it, where it names no command. */
  block: string | null;
}

/** The beginning of a command. */
const COMMAND = /^(?:deno (?:task|run|test|install|eval)\b|\.\/setup\.sh\b|bash |npm |npx )/;

/** Takes a page apart. */
export function pageOf(text: string): Page {
  const [commands, others, marks]: [string[], string[], Mark[]] = [[], [], []];
  const prose: string[] = [];
  let above: Mark | null = null;
  for (const part of partsOf(text)) {
    if (part.kind === "mark") {
      above = markOf(part.text);
      marks.push(above);
      continue;
    }
    if (part.kind === "text") prose.push(part.text);
    else if (part.kind !== "ts") {
      const lines = part.text.replaceAll(/\\\n\s*/g, "").split("\n");
      const found = lines.flatMap((line) => commandOf(line));
      commands.push(...found);
      if (found.length < lines.filter((line) => line.trim() !== "").length) {
        others.push(lines[0].trim());
        if (above && above.commands.length === 0) above.block = lines[0].trim();
      }
    }
    above = null;
  }
  for (const [, code] of prose.join("\n\n").matchAll(/`([^`]+)`/g)) commands.push(...commandOf(code));
  return { commands: [...new Set(commands)], others, marks };
}

/** The command of a line, behind a prompt or after the words that tell of it; none if it has none. */
function commandOf(line: string): string[] {
  const words = line.replaceAll(/\s+/g, " ").trim().replace(/^(\$|[A-Z][a-z ]*:) /, "").replace(/ #.*$/, "");
  return COMMAND.test(words) ? [words.trim()] : [];
}

interface Part {
  kind: "mark" | "text" | "ts" | "block";
  text: string;
}

/** The parts of a page: what is between blank lines, marks of their own, fenced and indented blocks. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  const pattern = /^```(\w*)\n([\s\S]*?)\n```$|^<!--([\s\S]*?)-->$|((?:^ {4}.*\n)+)/gm;
  let at = 0;
  for (const match of `${text}\n`.matchAll(pattern)) {
    // Four blanks in front of a line that goes on with a list are no block.
    const [all, language, fenced, mark, indented] = match;
    const before = text.slice(at, match.index);
    if (indented !== undefined && !/(^|\n)\n$/.test(before) && before !== "") continue;
    if (before.trim() !== "") parts.push({ kind: "text", text: before });
    at = match.index + all.length;
    if (mark !== undefined) parts.push({ kind: "mark", text: mark });
    else if (fenced !== undefined) parts.push({ kind: language === "ts" ? "ts" : "block", text: fenced });
    else parts.push({ kind: "block", text: indented });
  }
  const rest = text.slice(at);
  return rest.trim() === "" ? parts : [...parts, { kind: "text", text: rest }];
}

function markOf(text: string): Mark {
  const match = /^\s*not run((?:,\s+`[^`]+`)*):\s+([\s\S]*\S)\s*$/.exec(text);
  if (!match) throw new SyntaxError(`Cannot read <!--${text}-->: it takes <!-- not run: REASON -->`);
  const commands = [...match[1].matchAll(/`([^`]+)`/g)].map(([, command]) => command.replaceAll(/\s+/g, " "));
  return { commands, reason: match[2].replaceAll(/\s+/g, " "), block: null };
}
