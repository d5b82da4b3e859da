// PyTorch as a peer: pytorch.py in a Python that has torch. OpenBLAS is preloaded where there is one, since Debian's torch
// may come with the slow reference BLAS; idle threads of OpenMP wait without spinning. Run as a program, this file
// answers every workload with its argument as the reason.

import { fileURLToPath } from "node:url";
import { pythonWith, tellsTrue } from "../../python.ts";
import { type Peer, serve } from "../protocol.ts";

/** Names of PyTorch among the peers: on a processor, on a GPU, not installed. */
export const [TORCH_CPU, TORCH_CUDA, NO_TORCH] = ["PyTorch CPU", "PyTorch CUDA", "PyTorch"];

/**
 * Describes the process of PyTorch; without a Python that has torch, a process that gives the reason for every workload.
 *
 * @param python A Python to take instead of looking for one.
 */
export async function torchPeer(python?: string): Promise<Peer> {
  const found = await pythonWith("torch", python);
  if ("why" in found) {
    const command = [Deno.execPath(), "run", "--no-lock", "--no-prompt", import.meta.url, found.why];
    return { name: NO_TORCH, command };
  }
  const script = fileURLToPath(new URL("pytorch.py", import.meta.url));
  const cuda = await tellsTrue(found.command, "import torch; print(torch.cuda.is_available())");
  const preloaded = [await openBlas(), Deno.env.get("LD_PRELOAD")].filter((path) => path);
  const env: Record<string, string> = { OMP_WAIT_POLICY: "passive" };
  if (preloaded.length > 0) env.LD_PRELOAD = preloaded.join(":");
  return { name: cuda ? TORCH_CUDA : TORCH_CPU, command: [found.command, script], env };
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
