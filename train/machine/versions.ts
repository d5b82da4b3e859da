import manifest from "../../deno.json" with { type: "json" };

/** Versions of everyclass and what it runs on. */
export function versions(): Record<"everyclass" | "deno" | "v8" | "typescript", string> {
  const { deno, v8, typescript } = Deno.version;
  return { everyclass: manifest.version, deno, v8, typescript };
}

/** What decodes images, with its version. */
export const imageLibrary: string = manifest.imports.sharp;
