import { colour, type Drawing, renderSvg, textStyle } from "../../../train/report/page/svg.ts";
import { OURS, ratioOf, unique } from "../ratios.ts";
import type { PeerResult } from "../results.ts";

/** Colours of the peers, in their order, different in grey too. */
const COLOURS = ["#1f6f8b", "#e08e45", "#7a4e9f", "#5f9e5f", "#b03a48", "#555555", "#c9b037", "#8fb8de"];

/** Pixels of a bar, between the workloads, and around all. */
const BAR = 9, GAP = 10, TOP = 60, BOTTOM = 50, WIDTH = 900, NAMES = 300;

/** Colours that a page would give. */
const PLAIN: Record<string, string> = { ink: "#222222", muted: "#555555", rule: "#cccccc" };

/**
 * Draws how many times as fast as each peer we are, as bars on a logarithmic scale from 1; to the right we are faster.
 *
 * @returns An SVG file that stands alone.
 */
export function ratioChart(rows: readonly PeerResult[], title: string): string {
  const peers = unique(rows.map(({ peer }) => peer)).filter((peer) => peer !== OURS);
  const ratios = new Map(peers.map((peer) => [peer, new Map<string, number>()]));
  for (const { workload, peer, agrees } of rows) {
    // The time of a different result does not count.
    const ratio = peer === OURS || agrees === false ? null : ratioOf(rows, [workload], peer);
    if (ratio !== null) ratios.get(peer)!.set(workload, ratio);
  }
  const workloads = unique(rows.map(({ workload }) => workload)).filter((workload) =>
    peers.some((peer) => ratios.get(peer)!.has(workload))
  );
  const height = TOP + BOTTOM + Math.max(1, workloads.length) * (GAP + BAR * Math.max(1, peers.length));
  const drawing: Drawing = {
    title: {
      text: title,
      left: "center",
      top: 4,
      textStyle: { ...textStyle, fontSize: 15, color: colour.ink },
    },
    legend: { top: 30, textStyle },
    grid: { left: NAMES, right: 50, top: TOP, bottom: BOTTOM, outerBoundsMode: "none" },
    xAxis: {
      type: "log",
      name: "times as fast as the peer",
      nameLocation: "middle",
      nameGap: 28,
      nameTextStyle: textStyle,
      axisLabel: { ...textStyle, formatter: (value: number) => `${value}x` },
      splitLine: { lineStyle: { color: colour.rule, width: 0.5 } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: workloads,
      axisLabel: { ...textStyle, fontSize: 11, interval: 0 },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    series: peers.map((peer, i) => ({
      type: "bar",
      name: peer,
      silent: true,
      barWidth: BAR,
      barGap: "0%",
      itemStyle: { color: COLOURS[i % COLOURS.length] },
      data: workloads.map((workload) => ratios.get(peer)!.get(workload) ?? "-"),
      markLine: {
        silent: true,
        symbol: "none",
        animation: false,
        data: i === 0 ? [{ xAxis: 1 }] : [],
        label: { show: false },
        lineStyle: { color: colour.ink, type: "solid", width: 1 },
      },
    })),
  };
  return alone(renderSvg("peers", title, drawing, WIDTH, height));
}

/** Makes an SVG for the inside of a page a file that stands alone. */
function alone(inline: string): string {
  return inline
    .replace("<svg ", `<svg xmlns="http://www.w3.org/2000/svg" font-family="Helvetica, Arial, sans-serif" `)
    .replace(/^<svg [^>]*>/, (open) => `${open}\n<rect width="100%" height="100%" fill="#ffffff"></rect>`)
    .replaceAll("font-family:inherit;", "")
    .replace(/var\(--(\w+)\)/g, (_, name) => PLAIN[name]) + "\n";
}
