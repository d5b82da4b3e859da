// PyTorch as a peer: pytorch.py in a Python that has torch. OpenBLAS is preloaded where there is one, since Debian's torch
// may come with the slow reference BLAS; idle threads of OpenMP wait without spinning. Run as a program, this file gives
// its argument as the reason of every answer.

import { fileURLToPath } from "node:url";
import { pythonWith, tellsTrue } from "../../python.ts";
import { type Peer, serve } from "../protocol.ts";

/** The names of PyTorch among the peers, by what it runs on; the last where there is none. */
export const [TORCH_CPU, TORCH_CUDA, NO_TORCH] = ["PyTorch CPU", "PyTorch CUDA", "PyTorch"];

/**
 * PyTorch in a process of its own; where there is no Python with torch, a process that says so of every workload.
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

/** The path of OpenBLAS by the linker's own list; null where there is none or no such linker. */
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
