import { type Answer, linesOf, type Peer, type Question, TIMING } from "./protocol.ts";
import type { Workload } from "./workloads.ts";

/** The process of a peer: started when it is asked something, ended when it does not answer in time, and started again. */
export class PeerProcess {
  #child: Deno.ChildProcess | null = null;
  #answers: AsyncGenerator<string> | null = null;

  /** Starts nothing yet. */
  constructor(readonly peer: Peer) {}

  /**
   * Asks for a workload. A time limit or the end of the process is an answer too.
   *
   * @param limitS Seconds that it may take in all, with the start of the peer and the making of its inputs.
   */
  async ask(workload: Workload, limitS = 60): Promise<Answer> {
    this.#start();
    const question: Question = { ...workload, timing: TIMING };
    const failed = (why: string): Answer => ({ name: workload.name, ms: null, sample: [], why });
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), limitS * 1000);
    try {
      const writer = this.#child!.stdin.getWriter();
      await writer.write(new TextEncoder().encode(JSON.stringify(question) + "\n"));
      writer.releaseLock();
      const line = await Promise.race([this.#answers!.next(), late.promise]);
      if (line === null) {
        await this.end();
        return failed(`no result within ${limitS} s`);
      }
      if (!line.done) return JSON.parse(line.value);
      return failed(await this.#reasonOfEnd());
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
      return failed(await this.#reasonOfEnd());
    } finally {
      clearTimeout(timer);
    }
  }

  #start(): void {
    if (this.#child) return;
    const { command: [program, ...args], env } = this.peer;
    const stderr = "null";
    this.#child = new Deno.Command(program, { args, env, stdin: "piped", stdout: "piped", stderr }).spawn();
    this.#answers = linesOf(this.#child.stdout);
  }

  /** Ends the process, if there is one; the next question starts another. */
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
    return `the process ended with ${signal ?? `code ${code}`}`;
  }
}
