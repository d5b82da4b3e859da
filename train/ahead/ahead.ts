import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { needHandles, WORKER_HANDLES, writeWhole } from "../../data/disk/mod.ts";
import { startWorker } from "../../data/workers/mod.ts";
import { valueDigest } from "../machine/digest.ts";
import { versions } from "../machine/versions.ts";
import { hasKnownShapes, PARTS, type Work } from "./kernels.ts";
import { type FromCompiler, STOP, type ToCompiler } from "./messages.ts";
import { shaderCache } from "./shader_cache.ts";

/** Most Workers: each has a device and plans of its own. */
const MOST_WORKERS = 8;

/** Files that a driver opens for a device, about. */
const DEVICE_HANDLES = 24;

/** Kernels that Workers compile while a run loads its images. */
export interface Ahead {
  /** Fulfilled when all Workers have ended. Errors in them are no errors of the run, which compiles what is missing. */
  readonly done: Promise<void>;
  /** Makes the Workers end: after the kernel that each compiles now, or at once where they still load. */
  stop(): void;
}

/** Nothing is compiled ahead. */
export const nothingAhead: Ahead = { done: Promise.resolve(), stop() {} };

/** Stops compiling ahead as soon as a signal is aborted, at once where it is already. */
export function stopBy(signal: AbortSignal, ahead: Ahead): void {
  if (signal.aborted) ahead.stop();
  else signal.addEventListener("abort", () => ahead.stop(), { once: true });
}

/** Surroundings of compiling ahead; replaced in tests. */
interface AheadOptions {
  /** The folder where the driver keeps compiled kernels; null where it keeps none. */
  shaders?: string | null;
  /** Number of Workers. */
  workers?: number;
}

/**
 * Compiles the kernels of a run on all cores, each of which the driver then finds in its own cache: a device compiles on
 * one core, when a kernel first runs. It needs a driver that keeps compiled kernels, shapes that the configs tell, and
 * no earlier run with the same kernels.
 */
export async function compileAhead(
  work: Work,
  { shaders = shaderCache(), workers = Math.min(navigator.hardwareConcurrency, MOST_WORKERS) }: AheadOptions =
    {},
): Promise<Ahead> {
  if (shaders === null || workers < 2 || !hasKnownShapes(work.config)) return nothingAhead;
  const mark = markOf(work, shaders);
  if (await exists(mark) && await exists(shaders)) return nothingAhead;
  try {
    needHandles((WORKER_HANDLES + DEVICE_HANDLES) * workers);
  } catch {
    return nothingAhead; // the run itself may need no more than there are
  }
  const control = new Int32Array(new SharedArrayBuffer(4 * (1 + PARTS + workers)));
  const compilers = Array.from({ length: workers }, (_, n) => {
    return compiler({ work, control, own: 1 + PARTS + n }, n);
  });
  const all = Promise.all(compilers.map(({ ended }) => ended));
  return {
    done: all.then(async (errors) => {
      const whole = Atomics.load(control, STOP) === 0 && errors.every((error) => error === null);
      // Without the mark the next run only compiles once more.
      if (whole) {
        await mkdir(dirname(mark), { recursive: true }).then(() =>
          writeWhole(mark, `${shaders}\n`, { wait: false })
        ).catch(
          () => {},
        );
      }
    }),
    stop() {
      Atomics.store(control, STOP, 1);
      for (const { endUnbegun } of compilers) endUnbegun();
    },
  };
}

/** The file that says that the kernels of this work are in that folder. */
function markOf({ config, recipe, cache }: Work, shaders: string): string {
  const { network, extraBlock, head, data: { source }, statistics, loss, batch, family } = config;
  const kernels = { network, extraBlock, head, source, statistics, loss, batch, family };
  return join(cache, "compiled", valueDigest({ ...kernels, recipe, shaders, versions: versions() }));
}

/** A Worker that compiles its share of the kernels. */
interface Compiler {
  /** Fulfilled at its end with its error in words, or null. */
  ended: Promise<string | null>;
  /** Ends it, if it has not begun. */
  endUnbegun(): void;
}

function compiler(message: ToCompiler, n: number): Compiler {
  const { promise: ended, resolve } = Promise.withResolvers<string | null>();
  let endUnbegun = () => {};
  try {
    const script = new URL("./worker.ts", import.meta.url);
    const worker = startWorker<ToCompiler, FromCompiler>(script, `compiler ${n}`, {
      onMessage: ({ error }) => resolve(error),
      onError: resolve,
    });
    worker.post(message);
    endUnbegun = () => {
      const { control, own } = message;
      if (Atomics.compareExchange(control, own, 0, 2) !== 0) return;
      worker.terminate();
      resolve("stopped");
    };
  } catch (error) {
    resolve(String(error));
  }
  return { ended, endUnbegun };
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}
