import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { compileAhead, nothingAhead, stopBy } from "../../../train/ahead/ahead.ts";
import { compileFor, PARTS, type Work } from "../../../train/ahead/kernels.ts";
import { shaderCache } from "../../../train/ahead/shader_cache.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { drain } from "../../../engine/mod.ts";

Deno.test.afterAll(drain);

/** The default run, which trains its stage 1, with a cache of its own. */
async function defaultWork(cache: string): Promise<Work> {
  const [config, recipe] = [
    await loadConfigOf(finetuneConfig, "configs/fashion-lt-gml.yaml"),
    await loadConfigOf(trainingConfig, "configs/fashion-lt-ce.yaml"),
  ];
  return { config, recipe, cache };
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("two Workers compile the kernels of the default run, and a second run compiles none", async () => {
  await inFolder(async (folder) => {
    const work = await defaultWork(join(folder, "cache"));
    const options = { shaders: folder, workers: 2 };
    const first = await compileAhead(work, options);
    assert(first !== nothingAhead);
    await first.done;
    const marks = [...Deno.readDirSync(join(work.cache, "compiled"))];
    assertEquals(marks.length, 1, "both Workers ended without an error");
    assertEquals(await compileAhead(work, options), nothingAhead);
    // Other kernels, or another folder, are compiled.
    const other = { ...work, config: { ...work.config, network: "resnet14" as const } };
    for (const [again, where] of [[other, options], [work, { ...options, shaders: work.cache }]] as const) {
      const ahead = await compileAhead(again, where);
      assert(ahead !== nothingAhead);
      ahead.stop();
      await ahead.done;
    }
    assertEquals(
      [...Deno.readDirSync(join(work.cache, "compiled"))].length,
      1,
      "what was stopped is not whole",
    );
  });
});

Deno.test("kernels of every part are offered, and those that are taken once are not taken twice", async () => {
  await inFolder(async (cache) => {
    const work = await defaultWork(cache);
    const offered = Array.from({ length: PARTS }, () => new Set<number>());
    await compileFor(work, (part, kernel) => {
      assert(!offered[part].has(kernel));
      offered[part].add(kernel);
      return false;
    });
    for (const [part, kernels] of offered.entries()) {
      assert(kernels.size > 5, `part ${part} has ${kernels.size}`);
    }
    const without = new Set<number>();
    await compileFor({ ...work, recipe: null }, (part) => (without.add(part), false));
    assertEquals([...without], [1, 2]);
  });
});

Deno.test("a stop is noticed between two kernels, and what is to come is left out", async () => {
  await inFolder(async (cache) => {
    const work = await defaultWork(cache);
    const offered: number[] = [];
    const isStopped = () => offered.length >= 3;
    await compileFor(work, (part) => offered.push(part) < 3, isStopped);
    assert(offered.length >= 3);
    assertEquals([...new Set(offered)], [0]);
    const before = offered.length;
    await compileFor(work, (part) => offered.push(part) < 0, () => true);
    assertEquals(offered.length, before);
  });
});

Deno.test("a signal stops what is compiled ahead, also one that was aborted before", () => {
  let stops = 0;
  const ahead = { ...nothingAhead, stop: () => void stops++ };
  const later = new AbortController();
  stopBy(later.signal, ahead);
  assertEquals(stops, 0);
  later.abort();
  assertEquals(stops, 1);
  stopBy(AbortSignal.abort(), ahead);
  assertEquals(stops, 2);
});

Deno.test("an error in a Worker is no error of the run, and leaves no mark", async () => {
  await inFolder(async (folder) => {
    const work = await defaultWork(join(folder, "cache"));
    const broken = { ...work, config: { ...work.config, network: "no network" as "resnet8" } };
    await (await compileAhead(broken, { shaders: folder, workers: 2 })).done;
    assertEquals(await Deno.stat(join(work.cache, "compiled")).catch(() => null), null);
  });
});

Deno.test("nothing is compiled ahead where the driver keeps nothing, on one core, or by shapes that only data tell", async () => {
  await inFolder(async (folder) => {
    const work = await defaultWork(folder);
    const options = { shaders: folder, workers: 2 };
    assertEquals(await compileAhead(work, { ...options, shaders: null }), nothingAhead);
    assertEquals(await compileAhead(work, { ...options, workers: 1 }), nothingAhead);
    const data = { ...work.config.data, source: "folder" as const };
    assertEquals(await compileAhead({ ...work, config: { ...work.config, data } }, options), nothingAhead);
    const checkpoint = "stage1.safetensors";
    assertEquals(
      await compileAhead({ ...work, config: { ...work.config, checkpoint } }, options),
      nothingAhead,
    );
  });
});

Deno.test("the driver's folder is Mesa's", { ignore: Deno.build.os !== "linux" }, () => {
  const folder = (env: Record<string, string>) => shaderCache((name) => env[name]);
  assertEquals(folder({ HOME: "/ada" }), "/ada/.cache/mesa_shader_cache");
  assertEquals(folder({ HOME: "/ada", XDG_CACHE_HOME: "/cache" }), "/cache/mesa_shader_cache");
  assertEquals(folder({ HOME: "/ada", MESA_SHADER_CACHE_DIR: "/mesa" }), "/mesa/mesa_shader_cache");
  assertEquals(folder({ HOME: "/ada", MESA_SHADER_CACHE_DISABLE: "true" }), null);
  assertEquals(folder({}), null);
});
