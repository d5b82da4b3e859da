/** Folder of the runs that are given no other. */
export const RUNS = "runs";

/** The files of a run folder. */
export const runFiles = {
  config: "config.yaml",
  summary: "summary.json",
  metrics: "metrics.csv",
  recalls: "recalls.csv",
  checkpoint: "checkpoint.safetensors",
  /** A classifier alone. */
  classifier: "classifier.safetensors",
  classifierNumpy: "classifier.npz",
  classifierTorch: "classifier.pt",
  report: "report.html",
  /** Lists of the run's images, if each image is a file. */
  trainList: "train-list.txt",
  testList: "test-list.txt",
  validationList: "validation-list.txt",
  classNames: "class-names.txt",
  /** Table 1 of the paper. */
  tableText: "table1.md",
  tablePage: "table1.html",
  /** Gains by the operating point, looks and models beside the paper. */
  beyondText: "beyond.md",
  beyondPage: "beyond.html",
  /** Figures of the paper. */
  figuresPage: "figures.html",
  /** The work so far, from which a run that was cut off goes on; removed once the run is whole. */
  work: "work.safetensors",
  /** The save before that one. */
  workBefore: "work-before.safetensors",
} as const;
