import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PeerProcess } from "../../../bench/peers/peer_process.ts";
import { type Answer, answering, type Ready } from "../../../bench/peers/protocol.ts";
import { WORKLOADS } from "../../../bench/peers/workload_list.ts";
import { withClock } from "../../clock.ts";

const [workload] = WORKLOADS;
const { name } = workload;

/** What a peer that runs some code when it is asked comes to within a limit. */
async function answerOf(code: string, limitS = 60): Promise<Answer> {
  const first = JSON.stringify({ name, ms: null, sample: [1, 2], why: "the first took 33 s", more: true });
  const script = `
    const [first, name] = [${JSON.stringify(first)}, ${JSON.stringify(name)}];
    await Deno.stdin.read(new Uint8Array(4096));
    ${code}`;
  const peer = new PeerProcess({ name: "fake", command: [Deno.execPath(), "eval", "--no-lock", script] });
  const answer = await peer.ask(workload, limitS);
  await peer.end();
  return answer;
}

Deno.test("peers: what a package prints of its own is no answer, and the last of two answers counts", async () => {
  const last = `JSON.stringify({ name, ms: 5, sample: [1, 2] })`;
  const answer = await answerOf(`console.log("hello\\n{}\\n" + first); console.log(${last});`);
  assertEquals(answer, { name, ms: 5, sample: [1, 2] });
});

Deno.test("peers: a run that is not repeated in time has samples, and no time with its compilation in it", async () => {
  const code = `console.log(first); setTimeout(() => {}, 600_000);`;
  let limitS = 1;
  let answer = await answerOf(code, limitS);
  // A busy machine may have taken that time to start the process.
  while (answer.sample.length === 0 && limitS < 60) answer = await answerOf(code, limitS *= 4);
  const why = `no second run within ${limitS} s: the first took 33 s`;
  assertEquals(answer, { name, ms: null, sample: [1, 2], why });
});

Deno.test("peers: a process that ends tells its last words", async () => {
  const { ms, why } = await answerOf(`console.error("No module named 'numpy'"); Deno.exit(3);`);
  assertEquals(ms, null);
  assertStringIncludes(why!, "ended with code 3: No module named 'numpy'");
});

Deno.test("peers: however long the first run took, another one is timed", () =>
  withClock(async (clock) => {
    let runs = 0;
    const ready: Ready = {
      run: () => void (clock.ms += runs++ === 0 ? 300 : 5),
      finish: () => Promise.resolve(),
      sample: () => Promise.resolve([1]),
      about: "one thread",
    };
    const timing = { atLeastMs: 1, tries: 1, withinMs: 1 };
    const answersTo = answering(() => Promise.resolve(ready));
    const [first, last] = await Array.fromAsync(answersTo({ ...workload, timing }));
    assertEquals([first.more, first.ms, first.sample], [true, null, [1]]);
    assertEquals([last.more, last.sample, last.why], [undefined, [1], "one thread"]);
    assertEquals(last.ms, 5);
    const before = runs;
    const answers = await Array.fromAsync(answersTo({ ...workload, timing, again: true }));
    assertEquals(answers.map(({ more, sample }) => ({ more, sample })), [{ more: undefined, sample: [1] }]);
    assert(runs > before);
  }));
