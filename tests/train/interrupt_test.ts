import { assertEquals, assertThrows } from "@std/assert";
import { Interrupt, Interrupted, type SignalSource } from "../../train/interrupt.ts";

/** Signals that a test sends itself. */
function fakeSignals() {
  const listeners = new Map<string, () => void>();
  const exits: number[] = [];
  const source: SignalSource = {
    add: (name, listener) => listeners.set(name, listener),
    remove: (name, listener) => {
      if (listeners.get(name) === listener) listeners.delete(name);
    },
    exit: (code) => exits.push(code),
  };
  return { source, exits, listeners, send: (name: string) => listeners.get(name)?.() };
}

Deno.test("the first Ctrl-C asks the run to stop, the second ends the process", () => {
  const { source, exits, send } = fakeSignals();
  let told = 0;
  using interrupt = new Interrupt(() => told++, source);
  interrupt.signal.throwIfAborted();
  send("SIGINT");
  assertEquals([told, exits.length], [1, 0]);
  const error = assertThrows(() => interrupt.signal.throwIfAborted(), Interrupted, "Stopped by the user");
  assertEquals(error.exitCode, 130);
  send("SIGINT");
  assertEquals([told, exits], [1, [130]]);
});

Deno.test("a request to terminate and a closed terminal stop the run too, with exit codes of their own", () => {
  for (const [name, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const { source, exits, send } = fakeSignals();
    using interrupt = new Interrupt(() => {}, source);
    send(name);
    assertEquals([interrupt.signal.reason?.exitCode, exits], [code, []]);
  }
});

Deno.test("after the run Ctrl-C has its usual meaning again", () => {
  const { source, listeners } = fakeSignals();
  new Interrupt(() => {}, source)[Symbol.dispose]();
  assertEquals(listeners.size, 0);
});
