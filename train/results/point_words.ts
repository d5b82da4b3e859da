import type { Chosen } from "../decision/choose.ts";
import type { Target } from "../decision/objectives.ts";

/** What a point was chosen for, in words. */
const TARGETS: Readonly<Record<Target, string>> = {
  hmean: "the H-mean",
  lowest: "the lowest recall",
  mean: "the mean recall",
  balanced: "calls as frequent as the classes",
};

/** Tells a chosen point, and by what it was chosen, in a sentence. */
export function chosenWords({ t, by, images }: Chosen, target: Target): string {
  const count = images.toLocaleString("en");
  const how = by === "labels"
    ? `chosen on ${count} validation images for ${TARGETS[target]}`
    : `chosen for ${TARGETS[target]} by how often each class is called on ${count} images without labels`;
  return `Adjusted by t = ${t.toFixed(2)}, ${how}`;
}
