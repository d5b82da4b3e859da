// setup.sh in a machine that has what it takes, with a Deno that only writes down its arguments.

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

Deno.test({
  name: "setup.sh hands its arguments to a quiet `deno task`, which prints no line of permissions",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
    try {
      const fake =
        '#!/bin/sh\ncase $1 in --version) echo "deno 99.0.0" ;; eval) ;; *) printf "<%s>" "$@" ;; esac\n';
      Deno.writeTextFileSync(join(folder, "deno"), fake, { mode: 0o755 });
      const { stdout, stderr, code } = await new Deno.Command("/bin/sh", {
        args: [fileURLToPath(new URL("../setup.sh", import.meta.url)), "finetune", "--out", "a b"],
        env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
        clearEnv: true,
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      assertEquals([code, text(stdout), text(stderr)], [0, "<task><-q><finetune><--out><a b>", ""]);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
