import { join } from "node:path";
import { exists } from "../../data/disk/mod.ts";
import { isAddress } from "../flags/address.ts";
import type { Progress } from "../progress/progress.ts";
import { checkFile, type Expected, fetchFile, type FetchTimes } from "./fetch_file.ts";
import { OFFICIAL, published as all, type PublishedFiles } from "./published.ts";

/** Where published weights are looked for. */
export interface PretrainedPlaces {
  /** Folder for what is fetched once. */
  cache: string;
  /** A URL or a folder in place of the official address; null: the official address. */
  mirror: string | null;
  /** The weights that there are; torchvision's by default. */
  published?: PublishedFiles | undefined;
  /** Tells how long to wait. */
  times?: FetchTimes | undefined;
  /** Ends a fetch when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** The cache's folder of published weights. */
export const pretrainedFolder = (cache: string): string => join(cache, "pretrained");

/**
 * The file of published weights: the mirror's or the cache's, fetched where the cache does not have it.
 *
 * @returns its path; its size and the digits of its SHA-256 are those of its name.
 * @throws {unknown} the signal's reason when it is aborted. @throws {Error} when it cannot be had; the message says which file to put where.
 */
export async function pretrainedFile(
  name: string,
  { cache, mirror, published = all, times, signal }: PretrainedPlaces,
  progress: Progress,
): Promise<string> {
  const { file, size } = published[name];
  const expected: Expected = { size, digits: /-([0-9a-f]{8,})\./.exec(file)![1] };
  const folder = pretrainedFolder(cache);
  const path = join(folder, file);
  const isUrl = mirror !== null && isAddress(mirror);
  const refuse = (current: string, remedy: string) =>
    new Error(
      `Cannot take pretrained ${name}: it takes the file ${file} (${size} MiB), current one ${current}: ${remedy}`,
    );
  if (mirror !== null && !isUrl) {
    const given = join(mirror, file);
    if (!exists(given)) {
      throw refuse(`is not in ${mirror}`, "put it there, or leave mirror out to have it fetched");
    }
    const fault = await checkFile(given, expected);
    if (fault) throw refuse(`in ${mirror} is another, ${fault}`, "fetch it again");
    return given;
  }
  if (exists(path)) {
    const fault = await checkFile(path, expected);
    if (!fault) return path;
    progress.line(`${path} is damaged, so it counts as missing: ${fault}`);
  }
  const url = new URL(file, isUrl ? mirror.replace(/\/*$/, "/") : OFFICIAL);
  progress.line(`Fetching ${url}, ${size} MiB; later runs find it in ${folder}`);
  try {
    await fetchFile(url, path, expected, times, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    const other = isUrl ? url.href : `${url.href} by other means`;
    throw refuse(
      `is not in ${folder}, and was not fetched, as ${(cause as Error).message}`,
      `fetch ${other} and put it there, or name another place by --mirror URL or --mirror DIR`,
    );
  }
  return path;
}
