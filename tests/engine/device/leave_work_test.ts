// Devices that are left while they work, in processes of their own: none may take the process with it.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";

// SwiftShader takes submits without waiting for the one before, so that work of more than the 6.3 s that wgpu waits for
// piles up; the process then ends by wgpu's panic.
const adapter = await navigator.gpu?.requestAdapter();
const pilesUp = /SwiftShader/.test(`${adapter?.info.description} ${adapter?.info.device}`);

/** A test where a device's work does not pile up. */
function leaves(name: string, fn: () => Promise<void>): void {
  const why = " (left out: SwiftShader lets work pile up)";
  Deno.test({ name: pilesUp ? name + why : name, ignore: pilesUp, fn });
}

const script = new URL("leave_work.ts", import.meta.url);

/** Exit code and output of Deno with these arguments. */
async function deno(...args: string[]): Promise<{ code: number; text: string }> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

const leave = (way: string) => deno("run", "-A", "--v8-flags=--expose-gc", script.pathname, way);

leaves("a process whose device is collected while it works goes on", async () => {
  const { code, text } = await leave("collects");
  assertEquals(code, 0, text);
  assertStringIncludes(text, "done");
});

leaves("a process that fails while its device works ends with its own error", async () => {
  const { code, text } = await leave("throws");
  assertStringIncludes(text, "an error that nobody catches");
  assert(!text.includes("panicked"), text);
  assertEquals(code, 1);
});

leaves("a Worker that is ended while its device works ends alone", async () => {
  const { code, text } = await leave("worker ends");
  assertEquals(code, 0, text);
  assertStringIncludes(text, "done");
});

leaves("a test that leaves a device at work passes, and the next file is run", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const leaves = `import { leave } from "${script}";\nDeno.test("leaves", () => leave("ends"));\n`;
    Deno.writeTextFileSync(`${folder}/a_test.ts`, leaves);
    Deno.writeTextFileSync(`${folder}/b_test.ts`, `Deno.test("the next", () => {});\n`);
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const { code, text } = await deno("test", "-A", "--no-check", "--config", config, folder);
    assertStringIncludes(text, "2 passed | 0 failed");
    assertEquals(code, 0, text);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
