import { dirname, join } from "node:path";
import { temporaryFolder } from "../helpers.ts";

/** A folder with files of these paths, each holding its own path; removed when it goes out of scope. */
export async function imageTree(
  ...paths: string[]
): Promise<
  AsyncDisposable & {
    path: string;
    add(text: string, ...paths: string[]): void;
    link(from: string, to: string): void;
  }
> {
  const folder = await temporaryFolder();
  const path = Deno.realPathSync(folder.path);
  const place = (name: string): string => {
    Deno.mkdirSync(dirname(join(path, name)), { recursive: true });
    return join(path, name);
  };
  const add = (text: string, ...names: string[]): void => {
    for (const name of names) Deno.writeTextFileSync(place(name), text);
  };
  add("", ...paths);
  return {
    path,
    add,
    link: (from, to) => Deno.symlinkSync(to, place(from)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
