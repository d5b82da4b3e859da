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

/** Runs `retrain-features` as its task does, with a limit of the shell. */
function limited(limit: string, name: string) {
  const [, ...task] = manifest.tasks["retrain-features"].command.split(" ");
  const words = [Deno.execPath(), ...task, ...features.flags(name).slice(1)];
  return run("sh", "-c", `${limit}; exec "$@"`, "sh", ...words);
}

Deno.test({
  name: "real disks: a limit of file sizes ends a run in one sentence, and without it the run goes on",
  ignore: Deno.build.os === "windows", // its shell has no such limits
  fn: async () => {
    // 512 bytes a block, in sh: room for the classifier's files, not for the report.
    const { code, text } = await limited("ulimit -f 30", "limited");
    assertEquals(code, 1, text);
    const words = "no file may be that large here: raise the limit by ulimit -f unlimited";
    assertStringIncludes(text, `report.html: ${words}`);
    assert(!text.includes("os error"), text);
    assert(!filesIn(features.path("limited")).some((name) => name.endsWith(".tmp")), text);
    const [, ...task] = manifest.tasks["retrain-features"].command.split(" ");
    const resumed = await run(Deno.execPath(), ...task, "--resume", features.path("limited"));
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
    const { code, text } = await limited(":", "link");
    assertEquals(code, 0, text);
    assert(Deno.lstatSync(link).isSymlink);
    assert(filesIn(elsewhere).includes("summary.json"));
    assert(!filesIn(elsewhere).includes("run.lock"));
  },
});
