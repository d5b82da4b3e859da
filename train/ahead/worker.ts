// A Worker that compiles kernels: it shares them with other Workers, each kernel going to the first that asks.
import { serve } from "../../data/workers/mod.ts";
import { drain } from "../../engine/mod.ts";
import { type FromCompiler, STOP, type ToCompiler } from "./messages.ts";
import { compileFor } from "./kernels.ts";

serve<ToCompiler, FromCompiler>(async ({ work, control, own }, answer) => {
  // Ended by now, it must not begin: a Worker that is terminated while its device works crashes the process.
  if (Atomics.compareExchange(control, own, 0, 1) !== 0) return;
  let error: string | null = null;
  try {
    const mine: number[] = [];
    const isStopped = () => Atomics.load(control, STOP) !== 0;
    await compileFor(work, (part, kernel) => {
      if (isStopped()) return false;
      mine[part] ??= Atomics.add(control, 1 + part, 1);
      if (kernel !== mine[part]) return false;
      mine[part] = Atomics.add(control, 1 + part, 1);
      return true;
    }, isStopped);
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause);
  }
  // A Worker must not end while its device works.
  await drain();
  answer({ error });
  self.close();
});
