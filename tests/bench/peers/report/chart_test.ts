import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ratioChart } from "../../../../bench/peers/report/chart.ts";
import { row } from "../comparison.ts";

/** Where bars of a colour begin, and how far they go to the right. */
function bars(svg: string, colour: string): [from: number, length: number][] {
  const paths = svg.matchAll(/<path d="M([\d.]+) [\d.]+l(-?[\d.]+) 0l[^"]*" fill="([^"]+)"/g);
  return [...paths].filter(([, , , fill]) => fill === colour)
    .map(([, from, length]) => [Number(from), Number(length)]);
}

const svg = ratioChart([
  row("quick & short", "everyclass", 1),
  row("quick & short", "peer", 10),
  row("slow", "everyclass", 10),
  row("slow", "peer", 1),
  row("missing", "everyclass", 1),
  row("missing", "peer", null),
  row("differing", "everyclass", 1),
  row("differing", "peer", 9, { agrees: false }),
], "a title");

Deno.test("bench chart: an SVG file that stands alone", () => {
  assert(svg.startsWith(`<svg xmlns="http://www.w3.org/2000/svg"`), svg.slice(0, 80));
  assertEquals(svg.match(/var\(|undefined|NaN|<script|inherit/), null);
  for (const text of ["a title", "quick &amp; short", "slow", "peer", "10x", "1x"]) {
    assertStringIncludes(svg, text);
  }
  for (const without of ["missing", "differing"]) assertEquals(svg.includes(without), false, without);
});

Deno.test("bench chart: bars go from 1, to the right where we are faster, as far for 10x as for 0.1x to the left", () => {
  const [[from, right], [begin, left]] = bars(svg, "#1f6f8b");
  assertEquals(begin, from);
  assert(right > 100 && Math.abs(right + left) < 0.1, `${right} to the right, ${left}`);
});
