/** Writes a text as one word of a command line, quoted where a shell would split it. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(text) && (Deno.build.os === "windows" || !text.includes("\\"))) return text;
  return Deno.build.os === "windows" ? `"${text}"` : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A path as the value of a flag: a path that begins with a dash would be taken for a flag. */
export function pathWord(path: string): string {
  return shellWord(path.startsWith("-") ? `./${path}` : path);
}
