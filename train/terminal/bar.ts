import { unicodeWidth } from "@std/cli";
import { fit } from "../flags/columns.ts";

/** A line with a bar. */
export interface BarLine {
  /** Name of the piece. */
  name: string;
  /** Share that is done, 0 to 1. */
  share: number;
  /** Facts in their order, each with its rank: where room is short, those of the highest ranks are left out. */
  facts: readonly { text: string; rank: number }[];
  /** News; takes the room that is left. */
  note: string;
}

/** Columns of the bar where there is room, and of the least one. */
const [WIDE, NARROW] = [20, 8];

/** Fewest columns of news that still tell something. */
const LEAST_NOTE = 12;

/** Writes a line of at most so many columns. The bar keeps its length, and the text is shortened. */
export function barLine({ name, share, facts, note }: BarLine, columns: number): string {
  const width = Math.min(WIDE, Math.floor(columns / 3));
  const bar = width < NARROW ? "" : ` ${drawBar(share, width)}`;
  const percent = `${Math.floor(100 * share)}%`.padStart(4);
  const room = columns - unicodeWidth(bar + percent) - 1;
  const isRoom = (text: string) => unicodeWidth(name + text) <= room;
  const words = (most: number) => {
    const kept = facts.filter(({ rank }) => rank <= most).map(({ text }) => text).join(", ");
    return kept && `  ${kept}`;
  };
  const ranks = [...new Set(facts.map(({ rank }) => rank))].sort((a, b) => b - a);
  const most = ranks.find((rank) => isRoom(words(rank)));
  const text = most === undefined ? "" : words(most);
  const left = room - unicodeWidth(name + text) - 2;
  const news = note && left >= Math.min(LEAST_NOTE, unicodeWidth(note)) ? `; ${fit(note, left)}` : "";
  // However narrow: the name is cut before the bar is.
  return fit(`${isRoom("") ? name : fit(name, Math.max(0, room))}${bar} ${percent}${text}${news}`, columns);
}

function drawBar(share: number, width: number): string {
  const full = Math.floor(share * width);
  return "━".repeat(full) + "┈".repeat(width - full);
}
