import workgroup_join from "../../../shaders/lowering/workgroup_join.wgsl" with { type: "text" };
import workgroup_sum from "../../../shaders/lowering/workgroup_sum.wgsl" with { type: "text" };

/** Shared WGSL of kernels that add up values across a workgroup. */
export const WORKGROUP_SUM = { workgroup_sum, workgroup_join } as const;
