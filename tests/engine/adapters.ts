/** A machine that offers this adapter. */
export function machine(adapter: unknown): GPU {
  return { requestAdapter: () => Promise.resolve(adapter) } as GPU;
}

/** The machine's adapter with some properties changed. */
export async function adapterWith(changes: Record<string, unknown>): Promise<GPU> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  return machine(
    new Proxy(adapter, {
      get(target, key) {
        if (typeof key === "string" && key in changes) return changes[key];
        const value = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
  );
}

/** The machine's adapter with some of its limits lowered. */
export async function adapterWithin(changes: Readonly<Record<string, number>>): Promise<GPU> {
  const { limits } = (await navigator.gpu.requestAdapter())!;
  return adapterWith({
    limits: new Proxy(limits, {
      get: (target, key) => changes[String(key)] ?? Reflect.get(target, key, target),
    }),
  });
}
