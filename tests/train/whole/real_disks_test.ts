// Every command on a real small disk, by real_disks.ts in a mount namespace of its own, of which nobody else sees anything;
// and on what a shell may limit.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { filesIn } from "../command.ts";
import { MadeUpFeatures } from "../made_up_features.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const features = new MadeUpFeatures();

/** Runs a program in the repository. @returns Its exit code, and what it printed. */
async function run(program: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: root,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", XDG_RUNTIME_DIR: features.folder },
  }).output();
  return { code, text: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}

/** True where this process may mount disks of its own. */
const mayMount = Deno.build.os === "linux" && await run(
  ...["unshare", "-m", "sh", "-c", "mount --make-rprivate / && mount -t tmpfs none /mnt"] as const,
).then(({ code }) => code === 0, () => false);

Deno.test({
  name: mayMount
    ? "real disks: every command waits for room, or ends in one sentence, and leaves nothing half"
    : "real disks (left out: it takes root on Linux, to mount small ones)",
  ignore: !mayMount,
  fn: async () => {
    const words = [Deno.execPath(), "test", "-A", "--no-check", "tests/train/whole/real_disks.ts"];
    const { code, text } = await run(
      ...["unshare", "-m", "sh", "-c", 'mount --make-rprivate / && exec "$@"', "sh"] as const,
      ...words,
    );
    assertEquals(code, 0, text);
    assertStringIncludes(text, " passed | 0 failed");
  },
});

const [, verb, ...task] = manifest.tasks["retrain-features"].command.split(" ");

/** Runs `retrain-features` as its task does, with more flags of Deno. */
function retrain(name: string, ...more: string[]) {
  return run(Deno.execPath(), verb, ...more, ...task, ...features.flags(name).slice(1));
}

Deno.test({
  name: "real disks: a limit of file sizes ends a run in one sentence, and without it the run goes on",
  ignore: Deno.build.os !== "linux", // prlimit is Linux's
  fn: async () => {
    // From the moment on at which the program listens: Deno reads itself in before, and its caches are larger than that.
    const limit = features.path("limit.ts");
    // Room for the classifier's files, not for the report.
    Deno.writeTextFileSync(
      limit,
      `const listen = Deno.addSignalListener;
      Deno.addSignalListener = (name, listener) => {
        listen(name, listener);
        if (name !== "SIGXFSZ") return;
        new Deno.Command("prlimit", { args: ["-p", String(Deno.pid), "--fsize=15360"] }).outputSync();
      };`,
    );
    const { code, text } = await retrain("limited", "--allow-run=prlimit", "--preload", limit);
    assertEquals(code, 1, text);
    const words = "no file may be that large here: raise the limit by ulimit -f unlimited";
    assertStringIncludes(text, `report.html: ${words}`);
    assert(!text.includes("os error"), text);
    assert(!filesIn(features.path("limited")).some((name) => name.endsWith(".tmp")), text);
    const resumed = await run(Deno.execPath(), verb, ...task, "--resume", features.path("limited"));
    assertEquals(resumed.code, 0, resumed.text);
  },
});

Deno.test({
  name: "real disks: a run goes through a link to a folder elsewhere, and leaves the link",
  ignore: Deno.build.os === "windows", // it takes a privilege to make links there
  fn: async () => {
    const [elsewhere, link] = [features.path("elsewhere"), features.path("link")];
    Deno.mkdirSync(elsewhere);
    Deno.symlinkSync(elsewhere, link);
    const { code, text } = await retrain("link");
    assertEquals(code, 0, text);
    assert(Deno.lstatSync(link).isSymlink);
    assert(filesIn(elsewhere).includes("summary.json"));
    assert(!filesIn(elsewhere).includes("run.lock"));
  },
});
