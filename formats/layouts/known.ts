// How published code of long-tailed recognition saves a network: which dictionaries and which parts of them are it.
// Another layout is another entry here, and a file of it among the tests' fixtures.

/** What becomes of the tensors whose names begin so. */
export interface RenameRule {
  /** The beginning of the names. */
  from: string;
  /** What stands there instead in the network's names; null: they are no part of the network. */
  to: string | null;
}

/** How some published code saves a network. Names are joined by dots, `module.` taken off. */
export interface Layout {
  /** Whose it is, for people. */
  name: string;
  /** Beginnings of names, any of which only this layout has. */
  signs: readonly string[];
  /** Beginnings of names, each of which it must have. */
  needs: readonly string[];
  /** Of several that fit a name the first counts. */
  rules: readonly RenameRule[];
  /** Names of a factor of each class's logit. */
  scales: readonly string[];
}

/** The layouts that are known. */
export const layouts: readonly Layout[] = [
  {
    // Zhong et al., "Improving Calibration for Long-Tailed Recognition", CVPR 2021. The last is of its second stage,
    // the block of Places-LT, where a bottleneck stands between the backbone and the pool.
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
    // Long-Tailed Visual Recognition", NeurIPS 2020, which goes on from its code. The scales are those of LWS.
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
