/** Beyond so many classes two bars no longer fit into the place of a class, and before and after have a panel each. */
export const MOST_BARS = 200;

/** A panel of the figure: where it is, its heading, its series. */
export interface Panel {
  top: number;
  height: number;
  heading: string;
  headingTop: number;
  yAxis: Record<string, unknown>;
  series: {
    type: "bar" | "line" | "custom";
    data: number[] | number[][];
    options: Record<string, unknown>;
  }[];
}
