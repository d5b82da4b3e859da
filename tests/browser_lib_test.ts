import { assertEquals } from "@std/assert";
import { textOf } from "./source_files.ts";

// The engine is to run in browsers, so `deno check` takes it without Deno's own library: engine/deno.json.

Deno.test("browser lib: a use of Deno does not pass the type check in engine/, one of WebGPU does", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const room of ["engine", "train"]) Deno.mkdirSync(`${folder}/${room}`);
    const write = (path: string, text: string) => Deno.writeTextFileSync(`${folder}/${path}`, text);
    for (const path of ["deno.json", "deno.lock", "engine/deno.json"]) write(path, textOf(path));
    write(
      "engine/gpu.ts",
      "export const usage: number = GPUBufferUsage.STORAGE;\nexport type A = GPUAdapter;\n",
    );
    write("engine/deno.ts", "export const given: string[] = Deno.args;\n");
    write(
      "train/deno.ts",
      `export { usage } from "../engine/gpu.ts";\nexport const given: string[] = Deno.args;\n`,
    );
    const args = ["check", "--frozen", "engine/gpu.ts", "engine/deno.ts", "train/deno.ts"];
    const env = { NO_COLOR: "1" };
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, env }).output();
    const told = new TextDecoder().decode(stderr);
    const errors = told.split("\n").filter((line) => /\[ERROR\]|^ +at /.test(line));
    assertEquals([code, errors.length], [1, 2], told);
    assertEquals(/Cannot find name 'Deno'/.test(errors[0]), true, told);
    assertEquals(errors[1].replace(/^.*\/engine\//, "engine/"), "engine/deno.ts:1:32");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
