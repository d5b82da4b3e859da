/** One number for a table: `sum` of `all` in a cell. */
export interface Entry {
  table: string;
  row: string;
  column: string;
  sum: number;
  all: number;
}

/** Means by row and column. */
export class Table {
  readonly rows = new Map<string, Map<string, [sum: number, all: number]>>();

  add({ row, column, sum, all }: Entry): void {
    const cells = this.rows.get(row) ?? new Map<string, [number, number]>();
    this.rows.set(row, cells);
    const [before, total] = cells.get(column) ?? [0, 0];
    cells.set(column, [before + sum, total + all]);
  }

  /** The table in Markdown, in per cent. */
  text(head: string): string {
    const columns = [...this.rows.values().next().value!.keys()];
    const rows = [...this.rows].map(([name, cells]) => [
      name,
      ...columns.map((column) => {
        const [sum, all] = cells.get(column) ?? [NaN, 1];
        return (100 * sum / all).toFixed(1);
      }),
    ]);
    return [[head, ...columns], ["---", ...columns.map(() => "---:")], ...rows]
      .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  }
}
