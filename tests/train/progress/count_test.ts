import { assertEquals } from "@std/assert";
import { plural as ofData } from "../../../data/base/count.ts";
import { counted, plural } from "../../../train/progress/count.ts";

Deno.test("a count has commas, and its noun is in the plural unless there is one", () => {
  assertEquals([0, 1, 12345].map(counted), ["0", "1", "12,345"]);
  for (const write of [plural, ofData]) {
    assertEquals([0, 1, 2, 1000].map((count) => write(count, "image")), [
      ...["0 images", "1 image", "2 images", "1,000 images"],
    ]);
    assertEquals([1, 2].map((count) => write(count, "class", "classes")), ["1 class", "2 classes"]);
  }
});
