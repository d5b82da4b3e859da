import { assert, assertEquals } from "@std/assert";

Deno.test("subgroups of llvmpipe at 512 bits give the bits of kernels without subgroups", async () => {
  const script = new URL("wide_subgroups.ts", import.meta.url).pathname;
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--no-check", "-A", script],
    env: { LP_NATIVE_VECTOR_WIDTH: "512" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { size, differ, labels, joined } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(differ, [0, 0, 0, 0, 0]);
  assertEquals(joined, [0, 0, 0, 0, 0]);
  // Other adapters, and processors with shorter vectors, keep their own size.
  if (size === 16) {
    const kernels = [
      "conv2d_subgroup 31",
      "conv2d_subgroup 3 ",
      "conv2d_filters_grad_subgroup",
      "matmul_subgroup",
    ];
    for (const kernel of kernels) {
      assert(labels.some((label: string) => label.startsWith(kernel)), `no ${kernel} among ${labels.join()}`);
    }
  }
});
