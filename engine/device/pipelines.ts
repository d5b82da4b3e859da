// The pipelines of a device, each made once.

/** Shader and constants that a pipeline is compiled of. */
export interface PipelineSource {
  /** Label in traces and errors. */
  readonly label: string;
  /** Plain WGSL, without directives of the adapter. */
  readonly wgsl: string;
  /** Values of the `override` constants. */
  readonly constants: Readonly<Record<string, number>>;
}

/** Makes the pipelines of a device and keeps them. */
export class Pipelines {
  /** Called before a pipeline is made; what it throws ends the making of a plan. */
  beforeMaking: (() => void) | null = null;
  readonly #made = new Map<string, GPUComputePipeline>();
  /** Shaders that were not validated yet. */
  #fresh: { label: string; code: string; module: GPUShaderModule }[] = [];

  /** Begins without a pipeline. @param directives WGSL that every shader begins with. */
  constructor(private readonly gpu: GPUDevice, private readonly directives: string) {}

  /** Number of different pipelines so far. */
  get count(): number {
    return this.#made.size;
  }

  /** The pipeline of a shader and its constants. */
  of({ label, wgsl, constants }: PipelineSource): GPUComputePipeline {
    const key = `${label}\n${JSON.stringify(constants)}\n${wgsl}`;
    let pipeline = this.#made.get(key);
    if (!pipeline) {
      this.beforeMaking?.();
      // A directive is demanded, or refused, where subgroups are granted.
      const code = `${this.directives}${wgsl}`;
      const module = this.gpu.createShaderModule({ label, code });
      this.#fresh.push({ label, code, module });
      pipeline = this.gpu.createComputePipeline({ label, layout: "auto", compute: { module, constants } });
      this.#made.set(key, pipeline);
    }
    return pipeline;
  }

  /** All pipelines so far are valid. */
  settle(): void {
    this.#fresh = [];
  }

  /** The shaders since {@linkcode Pipelines.settle} that do not compile: kernel, line and the compiler's message. */
  async faults(): Promise<string[]> {
    const fresh = this.#fresh;
    this.settle();
    const found = await Promise.all(fresh.map(async ({ label, code, module }) => {
      const { messages } = await module.getCompilationInfo();
      const error = messages.find(({ type }) => type === "error");
      if (!error) return [];
      const line = code.split("\n")[error.lineNum - 1]?.trim();
      // Some compilers draw the place below their message.
      const [message] = error.message.trim().replace(/^Shader '.*' parsing error: /, "").split("\n");
      return [`kernel ${label} does not compile, line ${error.lineNum}, ${line}: ${message}`];
    }));
    return found.flat();
  }

  /** Forgets all pipelines: invalid pipelines are among them. */
  clear(): void {
    this.#made.clear();
  }
}
