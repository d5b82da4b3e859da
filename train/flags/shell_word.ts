/** Writes a text as one word of a command line, quoted where a shell would split it. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(text) && (Deno.build.os === "windows" || !text.includes("\\"))) return text;
  return Deno.build.os === "windows" ? `"${text}"` : `'${text.replaceAll("'", `'\\''`)}'`;
}
