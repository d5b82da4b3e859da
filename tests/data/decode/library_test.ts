import { assertEquals, assertMatch } from "@std/assert";

/** What the script prints. */
async function run(permissions: string[], ...args: string[]): Promise<string> {
  const script = new URL("decode_one.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...permissions, script, ...args],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

const READ = "--allow-read";
const ENV = "--allow-env=DEBUG,npm_package_config_libvips";

Deno.test("the library of decoders is loaded in Workers with three permissions, and not before it is used", async () => {
  assertEquals(await run([READ, ENV, "--allow-ffi"], "decode"), "21 x 15");
  assertEquals(await run([READ]), "nothing to decode");
});

Deno.test("without a permission the library names it and all that it takes", async () => {
  const all = /; run with --allow-ffi --allow-read --allow-env=DEBUG,npm_package_config_libvips$/;
  for (const [permissions, missing] of [[[READ, ENV], "ffi"], [[READ, "--allow-ffi"], "env"]] as const) {
    const message = await run([...permissions], "decode");
    assertMatch(message, new RegExp(`^Cannot decode images: .* sharp, .*: Requires ${missing} access`));
    assertMatch(message, all);
  }
});
