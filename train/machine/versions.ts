import manifest from "../../deno.json" with { type: "json" };

/** Versions of everyclass and of its platform. */
export function versions(): Record<"everyclass" | "deno" | "v8" | "typescript", string> {
  const { deno, v8, typescript } = Deno.version;
  return { everyclass: manifest.version, deno, v8, typescript };
}

/** Name and version of the image decoder. */
export const imageLibrary: string = manifest.imports.sharp;
