// A Worker of a ParquetReader that ends by itself, as the path of its first question says: amid the answer, or after it.
import process from "node:process";
import { serveQuestions } from "../../../../data/sources/parquet/serve.ts";

const ways: Record<string, () => void> = {
  throws() {
    throw new Error("the package tripped");
  },
  rejects() {
    Promise.reject(new Error("the package tripped"));
  },
  exits: () => process.exit(3),
  fills() {
    const all: number[][] = [];
    for (;;) all.push(new Array(1000).fill(Math.random()));
  },
};

let isDying = false;
serveQuestions(({ path }) => {
  const [when, way] = path.split(" ");
  const answers = when !== "amid" && !isDying;
  if (ways[way]) {
    isDying = true;
    setTimeout(ways[way]);
  }
  return answers ? Promise.resolve({ answer: [1, 2] }) : new Promise(() => {});
});
