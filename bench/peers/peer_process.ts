import { type Answer, linesOf, type Peer, type Question, TIMING } from "./protocol.ts";
import type { Workload } from "./workloads.ts";

/** The process of a peer: a question starts it, a late answer ends it, and the next question starts it again. */
export class PeerProcess {
  #child: Deno.ChildProcess | null = null;
  #answers: AsyncGenerator<string> | null = null;
  /** The last line that the process wrote to stderr. */
  #said: Promise<string> | null = null;

  /** Starts nothing yet. */
  constructor(readonly peer: Peer) {}

  /**
   * Asks for a workload. Past the time limit, or where the process ends, the answer says so.
   *
   * @param limitS Most seconds, the start of the peer and the making of its inputs included.
   * @param again Times once more the workload that was asked last and had a time.
   */
  async ask(workload: Workload, limitS = 60, again = false): Promise<Answer> {
    this.#start();
    const { name } = workload;
    const question: Question = { ...workload, timing: TIMING, ...again && { again } };
    let first: Answer = { name, ms: null, sample: [] };
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), limitS * 1000);
    try {
      const writer = this.#child!.stdin.getWriter();
      await writer.write(new TextEncoder().encode(JSON.stringify(question) + "\n"));
      writer.releaseLock();
      while (true) {
        const line = await Promise.race([this.#answers!.next(), late.promise]);
        if (line === null) {
          await this.end();
          const why = first.why
            ? `no second run within ${limitS} s: ${first.why}`
            : `no result within ${limitS} s`;
          return { name, ms: null, sample: first.sample, why };
        }
        if (line.done) return { name, ms: null, sample: first.sample, why: await this.#reasonOfEnd() };
        const answer = answerOf(line.value, name);
        if (answer === null) continue;
        const { more, ...rest } = answer;
        if (!more) return rest;
        first = rest;
      }
    } catch {
      return { name, ms: null, sample: first.sample, why: await this.#reasonOfEnd() };
    } finally {
      clearTimeout(timer);
    }
  }

  #start(): void {
    if (this.#child) return;
    const { command: [program, ...args], env } = this.peer;
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(program, { args, ...env && { env }, ...pipes }).spawn();
    this.#answers = linesOf(this.#child.stdout);
    this.#said = lastOf(linesOf(this.#child.stderr));
  }

  /** Ends a running process; the next question starts another. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child) return;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
    // The reader of its answers sees the end of stdout.
    await this.#answers?.return(undefined);
  }

  async #reasonOfEnd(): Promise<string> {
    const child = this.#child;
    this.#child = null;
    const { code, signal } = await child!.status;
    const said = await this.#said;
    return `the process ended with ${signal ?? `code ${code}`}${said ? `: ${said}` : ""}`;
  }
}

/** Reads an answer from a line; null where a package printed a line of its own. */
function answerOf(line: string, name: string): Answer | null {
  try {
    const answer: Answer | null = JSON.parse(line);
    return answer?.name === name ? answer : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Reads lines to the last and returns it, "" without any. */
async function lastOf(lines: AsyncIterable<string>): Promise<string> {
  let last = "";
  for await (const line of lines) last = line.trim();
  return last;
}
