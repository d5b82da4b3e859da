// Tests that store values in f16 are left out, by name, where the machine's adapter cannot.

const adapter = await navigator.gpu?.requestAdapter();
const hasF16 = adapter?.features.has("shader-f16") ?? false;

/** The name of such a test, with the reason where it is left out, and whether it is. */
export function ofHalf(name: string): { name: string; ignore: boolean } {
  return { name: hasF16 ? name : `${name} (left out: the adapter has no shader-f16)`, ignore: !hasF16 };
}
