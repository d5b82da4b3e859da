// Configs as text, for the tests of what they come to and what is refused.
import { assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Config, type ConfigFlags, loadConfig } from "../../../train/config/load.ts";

/** Where the files are. */
export const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** The effective config of a file with this text. */
export async function load(
  yaml: string,
  flags: Partial<ConfigFlags> = {},
  name = "my-run.yaml",
): Promise<Config> {
  const file = join(folder, name);
  await Deno.writeTextFile(file, yaml);
  return loadConfig(file, flags);
}

/** These pairs as `--set` gives them. */
export const set = (...pairs: string[]) => ({ set: pairs });

/** Refuses a file with this text, in a message with these parts. */
export async function refuses(
  yaml: string,
  // deno-lint-ignore no-explicit-any
  errorClass: new (...args: any[]) => Error,
  parts: string[],
  pairs: string[] = [],
) {
  const { message } = await assertRejects(() => load(yaml, set(...pairs)), errorClass);
  for (const part of parts) assertStringIncludes(message, part);
}
