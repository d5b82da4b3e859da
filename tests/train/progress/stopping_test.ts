import { assertEquals, assertRejects } from "@std/assert";
import { unlessAborted } from "../../../train/progress/stopping.ts";

Deno.test("work that hangs is left as soon as the signal is aborted; other work gives its result or its error", async () => {
  const reason = new Error("stopped");
  const hangs = () => new Promise<number>(() => {});
  const late = new AbortController();
  const stopped = unlessAborted(hangs(), late.signal);
  late.abort(reason);
  assertEquals(await stopped.catch((error) => error), reason);
  assertEquals(await unlessAborted(hangs(), AbortSignal.abort(reason)).catch((error) => error), reason);
  for (const signal of [undefined, new AbortController().signal]) {
    assertEquals(await unlessAborted(Promise.resolve(1), signal), 1);
    await assertRejects(() => unlessAborted(Promise.reject(new Error("broken")), signal), Error, "broken");
  }
  // An error of work that was left is nobody's.
  const { promise, reject } = Promise.withResolvers<never>();
  await assertRejects(() => unlessAborted(promise, AbortSignal.abort(reason)), Error, "stopped");
  reject(new Error("later"));
  await Promise.resolve();
});
