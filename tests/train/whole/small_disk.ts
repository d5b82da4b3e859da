// A small disk of a real system, in memory: a tmpfs that this process may mount, in a mount namespace of its own.

import { join } from "node:path";

/** Bytes of a page, in which a tmpfs takes room. */
const PAGE = 4096;

/** A folder on a small disk; disposal takes the disk away with all that is in it. */
export class SmallDisk implements Disposable {
  /** The file that takes up room. */
  readonly #filler: string;

  /** Mounts it on a folder, which is made. @param options Of the mount, such as `size=1m` or `nr_inodes=20`. */
  constructor(readonly folder: string, private readonly options = "size=2m") {
    this.#filler = join(folder, "filler");
    Deno.mkdirSync(folder, { recursive: true });
    system("mount", "-t", "tmpfs", "-o", options, "none", folder);
  }

  /** A path on the disk. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Fills the disk up, but for so many KiB. */
  leave(kib: number): void {
    using file = Deno.openSync(this.#filler, { write: true, create: true });
    file.seekSync(0, Deno.SeekMode.End);
    try {
      for (const page = new Uint8Array(PAGE);;) file.writeSync(page);
    } catch {
      file.truncateSync(file.statSync().size - 1024 * kib);
    }
  }

  /** Makes room again. */
  free(): void {
    Deno.removeSync(this.#filler);
  }

  /** Lets nobody write any more, or everybody again. */
  readOnly(is = true): void {
    system("mount", "-o", `remount,${is ? "ro" : "rw"},${this.options}`, this.folder);
  }

  /** Paths and bytes of all files and folders on the disk, in order, but for the filler. */
  all(): [path: string, text: string][] {
    const under = (folder: string): [string, string][] =>
      [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
        const path = join(folder, name);
        if (path === this.#filler) return [];
        return isDirectory ? [[`${path}/`, ""], ...under(path)] : [[path, Deno.readTextFileSync(path)]];
      });
    return under(this.folder).map(([path, text]): [string, string] => [
      path.slice(this.folder.length + 1),
      text,
    ]).sort();
  }

  [Symbol.dispose](): void {
    system("umount", this.folder);
  }
}

function system(program: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(program, { args }).outputSync();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
