// Processor time tells more than the clock while other programs run.

/** Processor time of all threads so far in milliseconds; NaN where the system does not tell. */
export function processorMs(): number {
  let ns = 0;
  try {
    for (const { name } of Deno.readDirSync("/proc/self/task")) {
      ns += Number(Deno.readTextFileSync(`/proc/self/task/${name}/schedstat`).split(" ")[0]);
    }
  } catch {
    return NaN;
  }
  return ns / 1e6;
}

/** Runs work and measures its milliseconds by the clock and of the processor. */
export async function measureTime(work: () => Promise<void>): Promise<{ clock: number; processor: number }> {
  const [clock, processor] = [performance.now(), processorMs()];
  await work();
  return { clock: performance.now() - clock, processor: processorMs() - processor };
}
