// PyTorch as a peer: pytorch.py in a Python that has torch, a process for each setting. Run as a program, this file answers
// every workload with its argument as the reason.

import { fileURLToPath } from "node:url";
import { pythonWith, tellsTrue } from "../../python.ts";
import { type Peer, serve } from "../protocol.ts";
import type { Workload } from "../workloads.ts";

/** Names of PyTorch among the peers: on a processor, on a GPU by 32 and by TF32's 19 bits, not installed. */
export const [TORCH_CPU, TORCH_CUDA, TORCH_TF32, NO_TORCH] = [
  "PyTorch CPU",
  "PyTorch CUDA",
  "PyTorch CUDA TF32",
  "PyTorch",
];

const hasImages = ({ kind }: Workload) => kind === "conv" || kind === "batch_norm" || kind === "network";
const infers = (workload: Workload) => workload.kind === "network" && workload.pass === "inference";
/** Workloads whose arithmetic TF32 changes. */
const multiplies = ({ kind }: Workload) => kind === "matmul" || kind === "conv" || kind === "network";

/** PyTorch's settings by the argument of pytorch.py, with the workloads in which they differ from the first. */
const SETTINGS: { setting: string; argument?: string; takes: (workload: Workload) => boolean }[] = [
  { setting: "eager", takes: () => true },
  { setting: "channels_last", argument: "channels_last", takes: hasImages },
  { setting: "JIT", argument: "jit", takes: infers },
  { setting: "JIT channels_last", argument: "jit-channels_last", takes: infers },
];

/** PyTorch's processes. */
export interface TorchPeers {
  /** The name of PyTorch in 32-bit floats here. */
  name: string;
  peers: Peer[];
}

/**
 * Describes the processes of PyTorch, one for each setting; without a Python that has torch, a process that gives the reason
 * for every workload.
 *
 * @param python A Python to take instead of looking for one.
 */
export async function torchPeers(python?: string): Promise<TorchPeers> {
  const found = await pythonWith("torch", python);
  if ("why" in found) {
    const command = [Deno.execPath(), "run", "--no-lock", "--no-prompt", import.meta.url, found.why];
    return { name: NO_TORCH, peers: [{ name: NO_TORCH, command }] };
  }
  const cuda = await tellsTrue(found.command, "import torch; print(torch.cuda.is_available())");
  return { name: cuda ? TORCH_CUDA : TORCH_CPU, peers: peersOf(found.command, cuda, await torchEnv()) };
}

/** Lists the processes: each setting, and on CUDA each setting once more with TF32. */
export function peersOf(python: string, cuda: boolean, env: Record<string, string>): Peer[] {
  const script = fileURLToPath(new URL("pytorch.py", import.meta.url));
  const of = (name: string, more: string[], also: (workload: Workload) => boolean): Peer[] =>
    SETTINGS.map(({ setting, argument, takes }) => ({
      name,
      setting,
      command: [python, script, ...argument ? [argument] : [], ...more],
      env,
      takes: (workload) => takes(workload) && also(workload),
    }));
  if (!cuda) return of(TORCH_CPU, [], () => true);
  return [
    ...of(TORCH_CUDA, [], () => true),
    ...of(TORCH_TF32, ["tf32"], multiplies).map((peer) => ({ ...peer, precision: "tf32" as const })),
  ];
}

/**
 * The environment in which PyTorch is fast on a processor. OpenBLAS is preloaded where there is one, since Debian's torch may
 * come with the slow reference BLAS; idle threads of OpenMP wait without spinning, which takes cores from those that
 * work; glibc keeps freed memory, as the allocators do that PyTorch's tuning guide advises: a network's inference spends
 * up to half of its time on fresh pages otherwise.
 */
export async function torchEnv(): Promise<Record<string, string>> {
  const preloaded = [await openBlas(), Deno.env.get("LD_PRELOAD")].filter((path) => path);
  return {
    OMP_WAIT_POLICY: "passive",
    ...Deno.build.os === "linux" && {
      MALLOC_MMAP_THRESHOLD_: `${2 ** 25}`, // glibc takes no more
      MALLOC_TRIM_THRESHOLD_: `${2 ** 32}`,
    },
    ...preloaded.length > 0 && { LD_PRELOAD: preloaded.join(":") },
  };
}

/** Finds OpenBLAS in the linker's list; null without OpenBLAS or such a linker. */
async function openBlas(): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  for (const command of ["ldconfig", "/sbin/ldconfig"]) {
    try {
      const { stdout } = await new Deno.Command(command, { args: ["-p"], stderr: "null" }).output();
      const path = /libopenblas\S*\.so\S* .*=> (\S+)/.exec(new TextDecoder().decode(stdout))?.[1];
      if (path) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

if (import.meta.main) await serve(() => Promise.reject(Deno.args[0]));
