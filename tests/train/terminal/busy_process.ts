// Listens for signals, then keeps its thread busy, as a compiling shader does, until it is ended:
//
//   busy_process.ts SECONDS [looks]
//
// With `looks` the busy thread looks for signals itself.
import { Interrupt, Interrupted, inWorker } from "../../../train/terminal/interrupt.ts";

using interrupt = await Interrupt.listen(inWorker("stopping\n"));
console.log("busy");
const [seconds, looks] = Deno.args;
const end = performance.now() + Number(seconds) * 1000;
try {
  while (performance.now() < end) if (looks) interrupt.check();
  await new Promise((resolve) => interrupt.signal.addEventListener("abort", resolve));
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
}
console.log(`stops with ${interrupt.signal.reason.exitCode}`);
