// All changes of files that this process's main thread makes, in their order, for a test that stops the process at one.

/** Hears of a change before it is made. @param half Makes half of a write; null for a change that is made at once. */
type Hear = (change: string, half: (() => void) | null) => void;

/** Functions of Deno that change files by their path. */
const BY_PATH = [
  ...["rename", "renameSync", "remove", "removeSync", "mkdir", "mkdirSync"] as const,
  ...["writeFile", "writeFileSync", "writeTextFile", "writeTextFileSync"] as const,
];

/** Functions of an open file that change it. */
const OF_FILES = ["write", "writeSync", "truncate", "truncateSync", "syncData"] as const;

// deno-lint-ignore no-explicit-any -- functions of any kind, handed on as they are
type Functions = Record<string, (...args: any[]) => any>;

/** Tells of every change from now on. Files that were open before stay unheard. */
export function hearChanges(hear: Hear): void {
  const deno = Deno as unknown as Functions;
  for (const name of BY_PATH) {
    const real = deno[name];
    deno[name] = (...args) => {
      hear(`${name} ${nameOf(args[0])}`, null);
      return real(...args);
    };
  }
  const paths = new WeakMap<Deno.FsFile, string>();
  const opened = (file: Deno.FsFile, path: string | URL) => {
    paths.set(file, nameOf(path));
    return file;
  };
  const { open, openSync } = Deno;
  Deno.open = async (path, options) => {
    if (options?.create || options?.createNew) hear(`open ${nameOf(path)}`, null);
    return opened(await open(path, options), path);
  };
  Deno.openSync = (path, options) => {
    if (options?.create || options?.createNew) hear(`open ${nameOf(path)}`, null);
    return opened(openSync(path, options), path);
  };
  const file = Deno.FsFile.prototype as unknown as Functions;
  const { writeSync } = file;
  for (const name of OF_FILES) {
    const real = file[name];
    file[name] = function (this: Deno.FsFile, ...args) {
      const path = paths.get(this);
      const [bytes] = args;
      const half = name.startsWith("write") && bytes.length > 1
        ? () => void writeSync.call(this, bytes.subarray(0, bytes.length >> 1))
        : null;
      if (path !== undefined) hear(`${name} ${path}`, half);
      return real.apply(this, args);
    };
  }
}

/** The last part of a path, without what is drawn by chance. */
function nameOf(path: string | URL): string {
  return String(path).replace(/^.*[/\\]/, "").replace(/[0-9a-f-]{36}\.tmp$/, "tmp");
}
