// A decoder of the library that does not end, for real: it neither keeps other images nor the process.
import { assertEquals, assertMatch } from "@std/assert";

function start(...args: string[]): Deno.ChildProcess {
  const script = new URL("hanging.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--allow-read",
      "--allow-ffi",
      "--allow-env",
      script,
      ...args,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

/** Waits for a process; one that does not end is killed, and the test fails. */
async function ended(child: Deno.ChildProcess) {
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const { code, signal, stdout } = await child.output();
  clearTimeout(timer);
  return { code, signal, lines: new TextDecoder().decode(stdout).trim().split("\n") };
}

Deno.test("images whose decoder hangs are given up, others are decoded, and the process ends", async () => {
  const { code, lines } = await ended(start());
  assertEquals([code, lines.length, lines.at(-1)], [7, 7, "21 columns"]);
  for (const line of lines.slice(0, 6)) {
    assertMatch(line, /takes 0.5 seconds at most, current bytes are not done by then/);
  }
});

Deno.test({
  name: "SIGTERM ends a process whose decoder hangs",
  ignore: Deno.build.os === "windows", // it has no such signal
  async fn() {
    const child = start("wait");
    setTimeout(() => child.kill("SIGTERM"), 5000);
    const { signal } = await ended(child);
    assertEquals(signal, "SIGTERM");
  },
});
