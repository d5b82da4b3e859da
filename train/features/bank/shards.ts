import { parseJson } from "../../../formats/json/mod.ts";
import type { Part } from "../rows.ts";

/** Rows whose bytes are on disk, and known by their digest. */
export interface Shard extends Part {
  /** SHA-256 of the rows' bytes, in hex. */
  sha256: string;
}

/** The index beside a file of rows: it names the rows that are on disk. */
export interface Index {
  /** Description of the rows, for people. */
  about: string;
  /** Rows of the whole file. */
  count: number;
  /** Values of a row. */
  width: number;
  /** True for a file to be removed once it was read; a run that keeps the file sets false. */
  once: boolean;
  /** In order, without overlap. */
  shards: readonly Shard[];
}

/** The parts of so many rows that no shard has, in order. */
export function gapsOf(shards: readonly Part[], count: number): Part[] {
  const edges = [{ from: 0, to: 0 }, ...shards, { from: count, to: count }];
  return edges.slice(1).map(({ from }, i) => ({ from: edges[i].to, to: from })).filter(({ from, to }) =>
    from < to
  );
}

/** An index as the text of its file, a shard a line. */
export function indexText({ shards, ...facts }: Index): string {
  const lines = shards.map((shard) => "\n  " + JSON.stringify(shard));
  return `${JSON.stringify(facts).slice(0, -1)},"shards":[${lines.join(",")}]}\n`;
}

/** Reads an index from the text of its file. @throws {SyntaxError} when the text is no index of these rows. */
export function parseIndex(text: string, { count, width }: Pick<Index, "count" | "width">): Index {
  const index = parseJson(text) as Index;
  if (index.count !== count || index.width !== width) {
    throw new SyntaxError(`it is of ${index.count} rows of ${index.width} values`);
  }
  let end = 0;
  for (const { from, to, sha256 } of index.shards) {
    const whole = [from, to].every(Number.isInteger) && /^[0-9a-f]{64}$/.test(sha256);
    if (!whole || from < end || to <= from || to > count) throw new SyntaxError("its shards make no sense");
    end = to;
  }
  return index;
}
