import { dirname, join } from "node:path";
import manifest from "../../deno.json" with { type: "json" };
import { repository } from "../source_files.ts";

/** The outcome of tests in a copy of the tree. */
export interface Outcome {
  passed: boolean;
  /** True if the tests had not ended in time. */
  late: boolean;
  seconds: number;
  said: string;
}

/** A copy of the repository's files in a folder of its own, to change and to test. */
export class Copy implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  /** Copies all files that git knows or would add. */
  static async make(): Promise<Copy> {
    const folder = await Deno.makeTempDir({ prefix: "mutants" });
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { stdout } = await new Deno.Command("git", { args, cwd: repository }).output();
    const files = new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
    for (const path of files) {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      // A file that was removed and not yet committed is in git's list, too.
      await Deno.copyFile(repository + path, join(folder, path)).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
    return new Copy(folder);
  }

  async write(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(join(this.folder, path), text);
  }

  /**
   * Runs the tests of a file until the first one fails, as `deno task test` does.
   *
   * @param filter Part of the names of the tests to run. @param seconds Time that they may take.
   */
  async test(file: string, filter: string | undefined, seconds: number): Promise<Outcome> {
    const words = manifest.tasks.test.command.split(" ");
    const at = words.indexOf("deno");
    const env = Object.fromEntries(words.slice(0, at).map((word) => word.split("=") as [string, string]));
    const more = ["--no-check", "--fail-fast", ...filter ? ["--filter", filter] : [], file];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...words.slice(at + 1), ...more],
      ...{
        cwd: this.folder,
        env: { ...env, NO_COLOR: "1" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      },
    }).spawn();
    const begun = performance.now();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, 1000 * seconds);
    const { success, stdout, stderr } = await child.output();
    clearTimeout(timer);
    const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    return { passed: success, late, seconds: (performance.now() - begun) / 1000, said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
