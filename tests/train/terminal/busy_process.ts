// Listens for signals, then keeps its thread busy, as a compiling shader does, until it is ended.
import { Interrupt } from "../../../train/terminal/interrupt.ts";

using interrupt = await Interrupt.listen();
console.log("busy");
const end = performance.now() + Number(Deno.args[0]) * 1000;
while (performance.now() < end);
await new Promise((resolve) => interrupt.signal.addEventListener("abort", resolve));
console.log(`stops with ${interrupt.signal.reason.exitCode}`);
