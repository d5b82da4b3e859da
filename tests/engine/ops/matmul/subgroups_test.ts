import { linear } from "../../../../engine/ops/matmul/linear.ts";
import { matmul } from "../../../../engine/ops/matmul/matmul.ts";
import { checkSubgroups } from "../../subgroups.ts";

const RAN = ["matmul_subgroup"];

// Enough rows and columns for all cores, with some left over; inner lengths around a 4-vector.
for (const [m, k, n] of [[192, 16, 512], [129, 7, 1000], [770, 33, 32], [1537, 1, 29]]) {
  checkSubgroups("matmul by subgroups", matmul, [[m, k], [k, n]], RAN, { gradient: false });
  checkSubgroups("linear by subgroups", linear, [[m, k], [n, k], [n]], RAN, { gradient: false });
}
checkSubgroups("matmul by subgroups", matmul, [[5, 150, 9], [5, 9, 61]], RAN, { gradient: false });
checkSubgroups("matmul by subgroups and its gradients", matmul, [[512, 130], [130, 256]], RAN);
