/** Shortens an adapter's name for file names: `llvmpipe`, or up to three words such as `nvidia-h100-80gb`. */
export function adapterSlug(adapter: string): string {
  if (/llvmpipe/i.test(adapter)) return "llvmpipe";
  return adapter.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).slice(0, 3).join("-") || "adapter";
}
