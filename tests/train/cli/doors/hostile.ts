// Attempts of a package that turned hostile. Each attempt stands by the name of what it would reach; the text of this
// function is put before a package's own code, so it must need nothing from around it.

/** Everything that hostile code tries. @returns For each attempt `"reached"`, or the beginning of the error. */
export async function attack(
  { secret, outside, link }: { secret: string; outside: string; link: string },
): Promise<Record<string, string>> {
  const fs = await import("node:fs");
  const { execFileSync } = await import("node:child_process");
  const attempts: Record<string, () => unknown> = {
    "a file": () => Deno.readTextFileSync(secret),
    "a file by node": () => fs.readFileSync(secret),
    "a folder": () => [...Deno.readDirSync(secret.replace(/[^/\\]*$/, ""))],
    "a file's size": () => Deno.statSync(secret),
    "a link to a file": () => (Deno.symlinkSync(secret, link), Deno.readTextFileSync(link)),
    "a file by another Worker": () => inWorker(`Deno.readTextFileSync(${JSON.stringify(secret)})`),
    "writing": () => Deno.writeTextFileSync(outside, "hostile"),
    "writing by node": () => fs.writeFileSync(outside, "hostile"),
    "its own program": () => Deno.writeTextFileSync("train/cli/hostile.ts", ""),
    "removing": () => Deno.removeSync(secret),
    "renaming": () => Deno.renameSync(secret, outside),
    "another program": () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
    "another program by node": () => execFileSync(Deno.execPath(), ["--version"]),
    "a native library": () => Deno.dlopen(secret, {}),
    "the network": () => Deno.connect({ hostname: "127.0.0.1", port: 9 }).then((conn) => conn.close()),
    "a server": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    "code of the network": () => import(["http:", "", "127.0.0.1:9", "x.ts"].join("/")),
    "the environment": () => Deno.env.toObject(),
    "a variable": () => Deno.env.get("PATH"),
    "another process": () => Deno.kill(Deno.ppid, "SIGCONT"),
    "more permissions": async () => {
      const { state } = await Deno.permissions.request({ name: "read" });
      if (state !== "granted") throw new Error(state);
    },
  };
  function inWorker(code: string): Promise<void> {
    const text = `try { ${code}; postMessage("") } catch (error) { postMessage(error.message) }`;
    const worker = new Worker(`data:application/javascript,${encodeURIComponent(text)}`, { type: "module" });
    return new Promise((resolve, reject) =>
      worker.onmessage = ({ data }) => {
        worker.terminate();
        return data === "" ? resolve() : reject(new Error(data));
      }
    );
  }
  const found: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      found[name] = "reached";
    } catch (error) {
      found[name] = String((error as Error).message).slice(0, 60);
    }
  }
  return found;
}
