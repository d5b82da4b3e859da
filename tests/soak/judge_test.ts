import { assertEquals, assertThrows } from "@std/assert";
import { faultOf, median, type Sample } from "./judge.ts";

const MIB = 2 ** 20;

/** Made-up samples, one a second. @param change The i-th sample's own values, of the share of the time that is over. */
function series(change: (share: number, i: number) => Partial<Sample> = () => ({}), count = 120): Sample[] {
  return Array.from({ length: count }, (_, i) => ({
    at: i + 1,
    // A level with noise of half a per cent.
    resident: 400 * MIB * (1 + 0.005 * Math.sin(7 * i)),
    device: 30 * MIB,
    handles: 20,
    perSecond: 5 * (1 + 0.04 * Math.sin(5 * i)),
    perProcessorSecond: 3 * (1 + 0.02 * Math.sin(3 * i)),
    ...change(i / (count - 1), i),
  }));
}

Deno.test("soak: a level series with noise passes, and so does one that only warms up", () => {
  assertEquals(faultOf(series(), true), null);
  assertEquals(faultOf(series(), false), null);
  const warming = series((share) =>
    share < 0.2 ? { resident: 200 * MIB, device: 0, handles: 3, perSecond: 50, perProcessorSecond: 50 } : {}
  );
  assertEquals(faultOf(warming, true), null);
  assertEquals(faultOf(series(() => ({ handles: null, perProcessorSecond: null })), true), null);
});

Deno.test("soak: resident and device memory that grow by more than 2 % are found, by less are not", () => {
  const resident = (by: number) => series((share) => ({ resident: 400 * MIB * (1 + by * share) }));
  assertEquals(
    faultOf(resident(0.06), true),
    "The resident memory grew from 408.8 MiB to 421.1 MiB, by more than 2 %",
  );
  assertEquals(faultOf(resident(0.03), true), null);
  const device = series((share) => ({ device: 30 * MIB + Math.round(MIB * 4 * share) }));
  assertEquals(faultOf(device, true), "The device memory grew from 31.5 MiB to 33.5 MiB, by more than 2 %");
});

Deno.test("soak: a single file handle more or less at the end is found, one for a moment is not", () => {
  assertEquals(
    faultOf(series((share) => ({ handles: share < 0.7 ? 20 : 21 })), true),
    "The open file handles went from 20 to 21",
  );
  assertEquals(
    faultOf(series((share) => ({ handles: share < 0.7 ? 20 : 19 })), true),
    "The open file handles went from 20 to 19",
  );
  assertEquals(faultOf(series((_, i) => ({ handles: i % 10 === 0 ? 25 : 20 })), true), null);
});

Deno.test("soak: throughput that falls by more than 10 % is found, unless other programs took the time", () => {
  const slowing = (clock: number, processor: number) =>
    series((share) => ({
      perSecond: 5 * (1 - clock * share),
      perProcessorSecond: 3 * (1 - processor * share),
    }));
  const fell = "The throughput fell from 4.27 to 3.24 rounds a second, by more than 10 %";
  assertEquals(faultOf(slowing(0.4, 0.4), true), fell);
  assertEquals(faultOf(slowing(0.4, 0), true), null);
  assertEquals(faultOf(slowing(0.4, 0), false)?.slice(0, 19), "The throughput fell");
  assertEquals(faultOf(slowing(0.1, 0.1), true), null);
  assertEquals(faultOf(slowing(-0.5, -0.5), true), null);
});

Deno.test("soak: too few samples are refused", () => {
  assertThrows(() => faultOf([], true), RangeError, "it takes 9 samples behind the warm-up, current are 0");
  assertThrows(() => faultOf(series(undefined, 10), true), RangeError, "current are 8");
  assertEquals(faultOf(series(undefined, 11), true), null);
});

Deno.test("soak: a median is the middle value or the mean of the two in the middle", () => {
  assertEquals([median([3, 1, 2]), median([4, 1, 3, 2]), median([10])], [2, 2.5, 10]);
});
