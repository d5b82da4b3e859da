/** A machine that offers this adapter. */
export function machine(adapter: unknown): GPU {
  return { requestAdapter: () => Promise.resolve(adapter) } as GPU;
}

/** An object of WebGPU with some properties changed. */
export function withChanges<T extends object>(target: T, changes: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get(target, key) {
      if (typeof key === "string" && key in changes) return changes[key];
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** What an adapter that is no software says of itself. */
export const GPU_INFO = { description: "A GPU", isFallbackAdapter: false };

/** The machine's adapter, with some properties of its device changed, and some of its own. */
export function adapterOf(
  changes: (gpu: GPUDevice) => Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<GPU> {
  const requestDevice = async (descriptor: GPUDeviceDescriptor) => {
    const gpu = await (await navigator.gpu.requestAdapter())!.requestDevice(descriptor);
    return withChanges(gpu, changes(gpu));
  };
  return adapterWith({ requestDevice, ...more });
}

/** The machine's adapter with some properties changed. */
export async function adapterWith(changes: Record<string, unknown>): Promise<GPU> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  return machine(withChanges(adapter, changes));
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
