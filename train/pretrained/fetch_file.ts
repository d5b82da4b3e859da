import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { exists, explain, tryLock, writeAll } from "../../data/disk/mod.ts";

/** Facts of a file that are known before the fetch. */
export interface Expected {
  /** Size in MiB, right to three digits behind the point. */
  size: number;
  /** First digits of its SHA-256 in hex. */
  digits: string;
}

/** Tells how long a server is waited for. */
export interface FetchTimes {
  /** Milliseconds without a byte after which a connection counts as dead. */
  stall: number;
  /** Milliseconds before the second try; twice as long before each further one. */
  pause: number;
  /** Number of tries; each try goes on where the last try ended. */
  tries: number;
}

const usual: FetchTimes = { stall: 30_000, pause: 1000, tries: 6 };

const MIB = 2 ** 20;

/** The last of three digits of MiB, in bytes. */
const SLACK = 0.0006 * MIB;

/** Time between two looks whether another run still fetches the file, in milliseconds. */
const LOCKED_MS = 500;

/** Redirects beyond these are a circle. */
const MOST_REDIRECTS = 5;

/** A fault that another try may mend. */
class Passing extends Error {}

/** No answer at all: without a network it is no use to wait for long. */
class Unreached extends Passing {}

/**
 * Fetches a file whole or not at all. What arrives is kept beside it, `<path>.part`, and a later try, or a later run, goes
 * on from there.
 *
 * @param signal Ends the fetch when it is aborted; what arrived stays.
 * @throws {Error} when the server is not to be reached or sends another file; the message is the end of a sentence.
 * @throws {unknown} the signal's reason when it is aborted.
 */
export async function fetchFile(
  url: URL,
  path: string,
  expected: Expected,
  times: FetchTimes = usual,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const partial = `${path}.part`;
  await orExplain(path, () => Deno.mkdir(dirname(path), { recursive: true }));
  using file = await orExplain(path, () => Deno.open(partial, { read: true, write: true, create: true }));
  while (tryLock(file) === false) await pauseOf(LOCKED_MS, signal); // another run may be fetching the same file
  if (exists(path) && await checkFile(path, expected) === null) return;
  let kept = (await file.stat()).size > 0;
  for (let pause = times.pause, tried = 1, left = times.tries;; pause *= 2, tried++) {
    try {
      await receive(url, file, partial, expected, times, signal);
      const fault = await checkFile(partial, expected);
      if (fault === null) break;
      await file.truncate(0);
      // The part that an earlier run left may belong to another file.
      if (!kept) throw new Error(`${url.host} sends another file, ${fault}`);
      kept = false;
    } catch (error) {
      signal.throwIfAborted();
      left -= error instanceof Unreached ? 2 : 1;
      if (!(error instanceof Passing) || left <= 0) {
        throw error instanceof Passing ? new Error(`${error.message} (tried ${tried} times)`) : error;
      }
      await pauseOf(pause, signal);
    }
  }
  await orExplain(path, async () => {
    await file.syncData();
    await Deno.rename(partial, path);
  });
}

/** Finds the fault of a file, such as `its SHA-256 begins with 0123abcd and not with f37072fd`; null: nothing. */
export async function checkFile(path: string, { size, digits }: Expected): Promise<string | null> {
  using file = await Deno.open(path);
  const bytes = (await file.stat()).size;
  if (Math.abs(bytes - size * MIB) > SLACK) return `it has ${bytes} bytes, not ${size} MiB`;
  const hash = createHash("sha256");
  for await (const chunk of file.readable) hash.update(chunk);
  const found = hash.digest("hex").slice(0, digits.length);
  return found === digits ? null : `its SHA-256 begins with ${found} and not with ${digits}`;
}

/** Appends to a file what a server has of it beyond. */
async function receive(
  start: URL,
  file: Deno.FsFile,
  path: string,
  expected: Expected,
  { stall }: FetchTimes,
  stopped: AbortSignal,
): Promise<void> {
  const most = expected.size * MIB + SLACK;
  let at = (await file.stat()).size;
  if (at > most) await file.truncate(at = 0);
  const dead = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => dead.abort(), stall);
  };
  try {
    alive();
    const response = await request(start, at, AbortSignal.any([dead.signal, stopped]));
    at = await startOf(response, file, at);
    const { host } = start;
    const total = announced(response, at);
    if (total !== null && Math.abs(total - expected.size * MIB) > SLACK) {
      await response.body?.cancel();
      throw new Error(`${host} has another file of that name, of ${total} bytes`);
    }
    await file.seek(at, Deno.SeekMode.Start);
    for await (const chunk of response.body ?? []) {
      alive();
      at += chunk.length;
      if (at > most) throw new Error(`${host} sends more than ${expected.size} MiB`);
      await writeAll(file, chunk, path);
    }
    if (at < expected.size * MIB - SLACK) throw new Passing(`${host} ends after ${at} bytes`);
  } catch (error) {
    stopped.throwIfAborted();
    if (dead.signal.aborted) throw new Passing(`${start.host} sent nothing for ${stall / 1000} s`);
    // The network's faults come as TypeError or as errors of the connection; those of the disk have classes of their own.
    const network = error instanceof TypeError || error instanceof Deno.errors.Http ||
      error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.UnexpectedEof;
    throw network ? new Passing(`${start.host} is not to be reached: ${plain(error)}`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The answer to a request for the bytes from `at` on, redirects followed as far as Deno may go. */
async function request(start: URL, at: number, signal: AbortSignal): Promise<Response> {
  const headers = { "accept-encoding": "identity", ...at > 0 && { range: `bytes=${at}-` } };
  for (let url = start, hops = 0; hops <= MOST_REDIRECTS; hops++) {
    await checkAllowed(url, start);
    const response = await fetch(url, { headers, signal, redirect: "manual" }).catch((error) => {
      throw error instanceof TypeError
        ? new Unreached(`${url.host} is not to be reached: ${plain(error)}`)
        : error;
    });
    const to = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || to === null) return response;
    await response.body?.cancel();
    const next = new URL(to, url);
    if (url.protocol === "https:" && next.protocol !== "https:") {
      throw new Error(`${url.host} leads to ${next.href}, which is not encrypted`);
    }
    url = next;
  }
  throw new Error(`${start.host} redirects in a circle`);
}

/** @throws {Error} when Deno may not reach a host; no question pops up. */
async function checkAllowed({ host }: URL, start: URL): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state === "granted") return;
  const where = host === start.host ? host : `${host}, to which ${start.host} leads`;
  throw new Error(
    `Deno may not reach ${where} (deno task allows download.pytorch.org alone; in place of the task, take its line in ` +
      `deno.json with --allow-net=${host === start.host ? host : `${start.host},${host}`})`,
  );
}

/** The byte that an answer begins with: where it goes on, or 0. */
async function startOf(response: Response, file: Deno.FsFile, at: number): Promise<number> {
  const { status } = response;
  const from = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);
  if (status === 206 && from === at) return at;
  if (status === 200) {
    await file.truncate(0);
    return 0;
  }
  await response.body?.cancel();
  const { host } = new URL(response.url);
  if (status === 416 || status === 206) {
    await file.truncate(0);
    throw new Passing(`${host} does not go on from byte ${at}`);
  }
  const fault = `${host} answers ${status} ${response.statusText}`.trim();
  throw status === 429 || status >= 500 ? new Passing(fault) : new Error(fault);
}

/** Bytes of the whole file as the server tells them; null: it does not. */
function announced({ headers }: Response, at: number): number | null {
  const total = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  if (total !== undefined) return Number(total);
  const length = headers.get("content-length");
  return length === null ? null : at + Number(length);
}

/** Waits; an aborted signal ends the wait with its reason. */
async function pauseOf(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = () => resolve();
  signal.addEventListener("abort", wake, { once: true });
  try {
    signal.throwIfAborted();
    await promise;
    signal.throwIfAborted();
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", wake);
  }
}

async function orExplain<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new Error(`${path} cannot be written: ${explain(cause, path)}`);
  }
}

/** The first line of what an error's innermost cause says: `fetch failed` alone says nothing. */
function plain(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return plain(error.cause);
  const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.replace(/^error sending request for url \(.*?\): /, "");
}
