import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { normalize } from "../../../../engine/ops/norm/normalize.ts";
import { avgPool } from "../../../../engine/ops/conv/avg_pool.ts";
import { globalAvgPool } from "../../../../engine/ops/conv/global_avg_pool.ts";
import { maxPool } from "../../../../engine/ops/conv/max_pool.ts";
import { shortcut } from "../../../../engine/ops/conv/shortcut.ts";
import { input } from "../../../../engine/graph/source.ts";
import { checkOp } from "../../check.ts";
import { checkTorch } from "../../torch_cases.ts";

// Windows that leave pixels over, that overlap, that leave the image; odd channels and sides; a batch of one.
for (
  const window of [{ kernel: 2 }, { kernel: 3, stride: 2, padding: 1 }, { kernel: 5, stride: 1, padding: 2 }]
) {
  for (const shape of [[1, 5, 5, 1], [2, 9, 7, 3], [2, 6, 8, 20]]) {
    const name = `kernel ${window.kernel}`;
    checkOp(`avgPool ${name}`, (x) => avgPool(x, window), [shape]);
    checkOp(`maxPool ${name}`, (x) => maxPool(x, window), [shape]);
  }
}

// The last image has more pixels than one invocation may visit on a software adapter: 65,535 rounds.
for (const shape of [[1, 1, 1, 1], [3, 8, 8, 64], [70, 7, 5, 3], [2, 401, 257, 5]]) {
  const [n, , , c] = shape;
  const options = { shape: [n, c], relative: 2e-5 };
  checkOp("globalAvgPool", globalAvgPool, [{ shape, range: [0.5, 1.5] }], options);
}

for (const [c, channels] of [[16, 32], [4, 4], [3, 9], [6, 16], [1, 5]]) {
  for (const [h, w] of [[8, 8], [7, 5]]) {
    const name = `shortcut to ${channels}`;
    const shape = [2, Math.ceil(h / 2), Math.ceil(w / 2), channels];
    checkOp(name, (x) => shortcut(x, { stride: 2, channels }), [[2, h, w, c]], { shape });
  }
}
checkOp("shortcut of stride 1", (x) => shortcut(x, { stride: 1, channels: 10 }), [[3, 4, 5, 6]]);

const statistics = { mean: [0.4914, 0.4822, 0.4465, 0.5], std: [0.2023, 0.1994, 0.201, 0.25] };
for (const c of [1, 2, 3, 4]) {
  const own = { mean: statistics.mean.slice(0, c), std: statistics.std.slice(0, c) };
  // An odd number of bytes: the last word is not full.
  const shape = [3, 5, 7, c];
  checkOp("normalize", (x) => normalize(x, own), [{ shape, dtype: "u8" }], { shape, gradient: false });
}

checkTorch("avg_pool", ({ x }, window) => ({ y: avgPool(x, window as { kernel: number }) }));
checkTorch("max_pool", ({ x }, window) => ({ y: maxPool(x, window as { kernel: number }) }));
checkTorch("global_avg_pool", ({ x }) => ({ y: globalAvgPool(x) }));
checkTorch("shortcut_a", ({ x }, { planes }) => ({ y: shortcut(x, { stride: 2, channels: planes }) }));

Deno.test("pools, shortcut and normalize refuse what does not fit, with the shapes", () => {
  const x = input("x", [2, 4, 6, 3]);
  assertThrows(
    () => maxPool(x, { kernel: 5 }),
    ShapeError,
    "Cannot add max_pool to the graph: it takes images [N, H, W, C] of at least 5 x 5 pixels, padding counted, " +
      "current inputs are f32 [2, 4, 6, 3]: the window does not fit",
  );
  assertThrows(() => avgPool(input("x", [4, 6]), { kernel: 2 }), ShapeError, "they are not images");
  assertThrows(() => avgPool(x, { kernel: 2, padding: 2 }), ShapeError, "at most half the kernel, 1");
  assertThrows(() => avgPool(x, { kernel: 2, stride: 0 }), RangeError, "a stride of 1 or more, current is 0");
  assertThrows(() => maxPool(x, { kernel: 2.5 }), RangeError, "a kernel of 1 or more, current is 2.5");
  const large = input("large", [1, 300, 300, 1]);
  assertThrows(() => avgPool(large, { kernel: 256 }), RangeError, "at most 255 x 255 pixels, current is 256");
  assertThrows(() => globalAvgPool(input("x", [2, 4])), ShapeError, "not images");
  assertThrows(() => shortcut(x, { stride: 2, channels: 2 }), ShapeError, "up to 2 channels");
  assertThrows(() => shortcut(x, { stride: 2, channels: 6 }), ShapeError, "equal channels on both sides");
  assertThrows(() => shortcut(x, { stride: 0, channels: 3 }), RangeError, "a stride of 1 or more");
  assertThrows(() => normalize(x, statistics), ShapeError, "u8 images [N, H, W, C]");
  const bytes = input("bytes", [2, 4, 6, 3], "u8");
  assertThrows(() => normalize(bytes, statistics), ShapeError, "4 means");
});
