// setup.sh among stand-ins that only write down their arguments.

import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ignore = Deno.build.os === "windows";

/** A Deno that is new enough, with an adapter where `adapter`, a command, succeeds. */
const deno = (adapter: string) =>
  `case $1 in --version) echo "deno 99.0.0" ;; eval) ${adapter} ;; *) printf "<%s>" "$@" ;; esac`;

/** An adapter of OpenGL: gone where OpenGL is kept out. */
const OPENGL = 'case "$DENO_WEBGPU_BACKEND" in *vulkan*) [ -e "$HOME/driver" ] ;; esac';

/** The output of setup.sh in a machine with these commands, each the text of a script. */
async function run(commands: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
  try {
    for (const [name, text] of Object.entries(commands)) {
      Deno.writeTextFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const { stdout, stderr, code } = await new Deno.Command("/bin/sh", {
      args: [fileURLToPath(new URL("../setup.sh", import.meta.url)), ...args],
      env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
      clearEnv: true,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test({
  name: "setup.sh hands its arguments to a quiet `deno task`, which prints no line of permissions",
  ignore,
  async fn() {
    assertEquals(await run({ deno: deno(":") }, "finetune", "--out", "a b"), {
      code: 0,
      stdout: "<task><-q><finetune><--out><a b>",
      stderr: "",
    });
  },
});

Deno.test({
  name: "setup.sh installs the Vulkan driver where Deno has an adapter of OpenGL only",
  ignore,
  async fn() {
    const apt = 'echo "$*" >&2; case $1 in install) : >"$HOME/driver" ;; esac';
    const { code, stdout, stderr } = await run(
      { "deno": deno(OPENGL), "apt-get": apt, "id": "echo 0" },
      "doctor",
    );
    assertEquals([code, stdout], [0, "<task><-q><doctor>"]);
    assertMatch(stderr, /install -y --no-install-recommends libvulkan1 mesa-vulkan-drivers/);
  },
});

Deno.test({
  name: "setup.sh goes on with OpenGL where it may install nothing, and says what is missing",
  ignore,
  async fn() {
    const { code, stdout, stderr } = await run({ deno: deno(OPENGL), id: "echo 1000" }, "doctor");
    assertEquals([code, stdout], [0, "<task><-q><doctor>"]);
    assertMatch(stderr, /adapter of OpenGL only, which is slower\.\n.*\n.*libvulkan1 mesa-vulkan-drivers/);
  },
});

Deno.test({
  name: "setup.sh ends where there is no adapter and it may install nothing",
  ignore,
  async fn() {
    const { code, stdout, stderr } = await run({ deno: deno("false"), id: "echo 1000" }, "doctor");
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /finds no WebGPU adapter\.\n.*\n.*libvulkan1 mesa-vulkan-drivers/);
  },
});

/** Tells whether this machine has an mpirun where setup.sh looks in any case. */
const hasMpirun = ["/usr/bin", "/bin", "/usr/local/bin"].some((folder) => {
  try {
    return Deno.statSync(join(folder, "mpirun")).isFile;
  } catch {
    return false;
  }
});

Deno.test({
  name: "setup.sh --mpi installs nothing where there is an mpirun, and hands on the other arguments",
  ignore,
  async fn() {
    const commands = { deno: deno(":"), mpirun: ":", "apt-get": "exit 1", id: "echo 0" };
    assertEquals(await run(commands, "--mpi", "finetune", "--distributed"), {
      code: 0,
      stdout: "<task><-q><finetune><--distributed>",
      stderr: "",
    });
  },
});

Deno.test({
  name: "setup.sh --mpi installs Open MPI where there is no mpirun (needs a machine without one)",
  ignore: ignore || hasMpirun,
  async fn() {
    const commands = { deno: deno(":"), "apt-get": 'echo "$*" >&2', id: "echo 0" };
    const { code, stdout, stderr } = await run(commands, "--mpi");
    assertEquals([code, stdout], [0, "<task><-q>"]);
    assertMatch(stderr, /install -y --no-install-recommends openmpi-bin/);
    const { code: refused, stderr: told } = await run({ ...commands, id: "echo 1000" }, "--mpi");
    assertEquals(refused, 1);
    assertMatch(told, /mpirun is missing\. Install Open MPI/);
  },
});
