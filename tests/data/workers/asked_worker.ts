// Does as it is asked, well or badly.
import { serve } from "../../../data/workers/mod.ts";

/** Messages to the Worker. */
export type Asked =
  | { twice: Uint8Array }
  | { count: Int32Array }
  | { fault: "thrown" | "rejected" | "later" | "closed" };

/** Its answers. */
export type Said = { twice: Uint8Array } | { count: number };

serve<Asked, Said>((asked, answer) => {
  if ("twice" in asked) {
    const twice = asked.twice.map((byte) => 2 * byte);
    answer({ twice }, [twice.buffer]);
  } else if ("count" in asked) answer({ count: Atomics.add(asked.count, 0, 1) + 1 });
  else if (asked.fault === "thrown") throw new RangeError("thrown");
  else if (asked.fault === "rejected") return Promise.reject(new RangeError("rejected"));
  else if (asked.fault === "later") {
    setTimeout(() => {
      throw new RangeError("later");
    });
  } else {
    answer({ twice: new Uint8Array() });
    self.close();
  }
});
