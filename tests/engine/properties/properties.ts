import type { Property } from "./case.ts";
import { imageOps } from "./images.ts";
import { layers } from "./layers.ts";
import { losses } from "./losses.ts";
import { rows } from "./rows.ts";
import { shapeOps } from "./shape_ops.ts";
import { values } from "./values.ts";

/** The property of each op under the name that it is exported by, and of some ops together. */
export const PROPERTIES: Readonly<Record<string, Property>> = {
  ...values,
  ...shapeOps,
  ...rows,
  ...imageOps,
  ...layers,
  ...losses,
};
