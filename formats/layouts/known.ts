// Layouts of checkpoints that published code of long-tailed recognition saves: the dictionaries and parts that make up
// the network. To add a layout, add an entry here and a file among the tests' fixtures.

/** Renames the tensors whose names have a beginning in common. */
export interface RenameRule {
  /** The beginning of the names. */
  from: string;
  /** The beginning of their names in the network; null: these tensors are not part of the network. */
  to: string | null;
}

/** The layout in which some published code saves a network. Names are joined by dots and have no `module.`. */
export interface Layout {
  /** Name of the method whose code saves it, for messages. */
  name: string;
  /** Beginnings of names that only this layout has; one is enough to recognise it. */
  signs: readonly string[];
  /** Beginnings of names that must all be present. */
  needs: readonly string[];
  /** Renamings; the first that fits a name applies. */
  rules: readonly RenameRule[];
  /** Names of a factor of each class's logit. */
  scales: readonly string[];
}

/** All known layouts. */
export const layouts: readonly Layout[] = [
  {
    // Zhong et al., "Improving Calibration for Long-Tailed Recognition", CVPR 2021. The second stage saves the scales; the
    // network for Places-LT has a block, a bottleneck between the backbone and the pool.
    name: "MiSLAS",
    signs: ["state_dict_classifier.", "state_dict_block.", "state_dict_lws_model.", "lws_model."],
    needs: ["state_dict_model.", "state_dict_classifier."],
    rules: [
      { from: "state_dict_model.", to: "" },
      { from: "state_dict_classifier.", to: "" },
      { from: "state_dict_block.", to: "block." },
    ],
    scales: ["state_dict_lws_model.learned_norm", "lws_model.learned_norm"],
  },
  {
    // Kang et al., "Decoupling Representation and Classifier", ICLR 2020, and Ren et al., "Balanced Meta-Softmax for
    // Long-Tailed Visual Recognition", NeurIPS 2020, which goes on from its code. LWS saves the scales.
    name: "classifier-balancing",
    signs: ["feat_model."],
    needs: ["feat_model.", "classifier."],
    rules: [{ from: "feat_model.", to: "" }, { from: "classifier.", to: "" }],
    scales: ["classifier.scales"],
  },
  {
    // Cui et al., "Parametric Contrastive Learning", ICCV 2021: a query network with a projection where a classifier
    // would be, its moving average, the keys of earlier images, and the classifier beside them.
    name: "PaCo",
    signs: ["encoder_q."],
    needs: ["encoder_q.", "linear."],
    rules: [
      { from: "encoder_q.fc.", to: null },
      { from: "encoder_q.linear.", to: null },
      { from: "encoder_q.", to: "" },
      { from: "encoder_k.", to: null },
      { from: "linear.", to: "linear." },
      { from: "linear_k.", to: null },
      { from: "queue", to: null },
    ],
    scales: [],
  },
];
