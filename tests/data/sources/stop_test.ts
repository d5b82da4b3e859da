import { assertEquals, assertRejects } from "@std/assert";
import { encodeIdx, IDX_FILES } from "../../../data/containers/idx.ts";
import { loadDataset } from "../../../data/mod.ts";
import { temporaryFolder } from "../helpers.ts";

Deno.test("a stop that comes as a message while images are unpacked ends their loading before they are compared", async () => {
  await using folder = await temporaryFolder();
  for (const [i, name] of IDX_FILES.entries()) {
    const bytes = i % 2 === 0
      ? encodeIdx([2, 1, 1], Uint8Array.of(1, 1))
      : encodeIdx([2], Uint8Array.of(0, 1));
    await Deno.writeFile(`${folder.path}/${name}`, bytes);
  }
  const control = new AbortController();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => control.abort(new Error("stopped"));
  const told: string[] = [];
  const onProgress = (text: string) => {
    if (told.length === 0) port2.postMessage("stop");
    told.push(text);
  };
  const options = { duplicates: "tell", onProgress, signal: control.signal } as const;
  await assertRejects(() => loadDataset("idx", folder.path, options), Error, "stopped");
  assertEquals(told, [`Reading ${folder.path}`]);
  port1.close();
});
