// ONNX Runtime as a peer. Its argument names the package and its provider: node (native, on the processor), wasm, webgpu.

import { onnxWorkload } from "./graphs.ts";
import type { Ort, OrtSession, OrtTensor } from "./types.ts";
import { channelsFirstIndex } from "../guests/channels_first.ts";
import { onnxPackage } from "../guests/packages.ts";
import { type Ready, serve } from "../protocol.ts";
import { samplePlaces } from "../values.ts";
import type { Workload } from "../workloads.ts";

const [provider] = Deno.args;

await serve(async () => {
  const ort: Ort = await import(onnxPackage(provider));
  const threads = navigator.hardwareConcurrency;
  if (provider === "wasm") ort.env.wasm.numThreads = threads;
  let last: OrtSession | null = null;
  return async (workload) => {
    await last?.release();
    const made = await prepare(ort, workload, threads);
    last = made.session;
    return made.ready;
  };
});

async function prepare(
  ort: Ort,
  workload: Workload,
  threads: number,
): Promise<{ ready: Ready; session: OrtSession }> {
  const { file, feeds } = onnxWorkload(workload);
  const session = await ort.InferenceSession.create(file, {
    executionProviders: [provider === "node" ? "cpu" : provider],
    graphOptimizationLevel: "all",
    ...provider === "node" && { intraOpNumThreads: threads },
  });
  const inputs = Object.fromEntries(
    Object.entries(feeds).map((
      [name, { values, shape }],
    ) => [name, new ort.Tensor("float32", values, shape)]),
  );
  const [output] = session.outputNames;
  let result: OrtTensor | null = null;
  const ready: Ready = {
    run: async () => {
      result?.dispose?.();
      result = (await session.run(inputs))[output];
    },
    // A run is over when its values are here.
    finish: () => Promise.resolve(),
    sample: () => {
      const { dims, data } = result!;
      return Promise.resolve(samplePlaces(data.length).map((place) => data[channelsFirstIndex(place, dims)]));
    },
    about: aboutOf(ort, threads),
  };
  return { ready, session };
}

/** Says how many threads there are: asked of the package, which may refuse those that it was asked for. */
function aboutOf(ort: Ort, threads: number): string | undefined {
  if (provider === "webgpu") return;
  const own = provider === "wasm" ? ort.env.wasm.numThreads! : threads;
  return `${own} ${own === 1 ? "thread" : "threads"}`;
}
