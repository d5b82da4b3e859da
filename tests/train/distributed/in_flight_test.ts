import { assert, assertEquals, assertRejects } from "@std/assert";
import { InFlight } from "../../../train/distributed/in_flight.ts";

/** An event loop whose clock goes by the test: 0.1 ms to the next turn, timers on time. */
class Steps {
  time = 0;
  readonly rests: number[] = [];
  #next: (() => void) | null = null;
  now = () => this.time;
  soon = (look: () => void) => this.#schedule(look, 0.1);
  later = (look: () => void, delay: number) => {
    this.rests.push(delay);
    this.#schedule(look, delay);
  };

  #schedule(look: () => void, delay: number): void {
    assertEquals(this.#next, null, "one look is planned at a time");
    this.#next = () => {
      this.time += delay;
      look();
    };
  }

  /** Runs until nothing is planned, or until a time. */
  run(until = Infinity): void {
    while (this.#next !== null && this.time < until) {
      const next = this.#next;
      this.#next = null;
      next();
    }
  }
}

const operation = (isDone: () => boolean, patience = 1) => ({ isDone, patience, kept: null });

Deno.test("in flight: operations end in the order of their start, and nothing is looked at after the last", async () => {
  const [steps, ended]: [Steps, string[]] = [new Steps(), []];
  const inFlight = new InFlight(steps);
  const first = inFlight.add(operation(() => steps.time > 0.5)).then(() => ended.push("first"));
  const second = inFlight.add(operation(() => true)).then(() => ended.push("second"));
  await Promise.resolve();
  assertEquals(ended, []);
  steps.run();
  await Promise.all([first, second]);
  assertEquals(ended, ["first", "second"]);
  assertEquals(steps.rests, []);
});

Deno.test("in flight: no rest within the patience, then ever longer ones up to a bound", () => {
  const steps = new Steps();
  const inFlight = new InFlight(steps);
  inFlight.add(operation(() => false, 50));
  steps.run(49);
  assertEquals(steps.rests, []);
  steps.run(2000);
  assertEquals([steps.rests[0], steps.rests.at(-1)], [1, 10]);
  assert(steps.rests.every((rest, i) => i === 0 || rest >= steps.rests[i - 1]));
  assertEquals(Math.round(inFlight.waited * 1000), Math.round(steps.time));
});

Deno.test("in flight: the patience of an operation begins when those before it have ended", () => {
  const steps = new Steps();
  const inFlight = new InFlight(steps);
  inFlight.add(operation(() => steps.time > 500, 1));
  inFlight.add(operation(() => steps.time > 540, 50));
  steps.run(505);
  const rests = steps.rests.length;
  assert(rests > 0);
  steps.run();
  assertEquals(steps.rests.length, rests);
});

Deno.test("in flight: a thread that is busy does not wait", () => {
  const steps = new Steps();
  const inFlight = new InFlight(steps);
  inFlight.add(operation(() => steps.time > 300, 1));
  steps.run(20);
  const waited = inFlight.waited;
  steps.time += 300;
  steps.run();
  assert(inFlight.waited - waited < 0.02, `${inFlight.waited - waited} s`);
});

Deno.test("in flight: a failed operation is told to those who wait for it, and the next ones go on", async () => {
  const steps = new Steps();
  const inFlight = new InFlight(steps);
  const failed = inFlight.add(operation(() => {
    throw new Error("the network is down");
  }));
  const next = inFlight.add(operation(() => true));
  await assertRejects(() => failed, Error, "the network is down");
  steps.run();
  await next;
});
