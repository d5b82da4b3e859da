// Names, checksums and layout of the files that the authors of CIFAR published.
// Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and the page of the data.

/** The files of the python or of the binary version. */
export interface CifarVersion {
  folder: string;
  archive: string;
  /** MD5 of the archive. */
  archiveMd5: string;
  train: readonly string[];
  test: readonly string[];
  /** File with the names of the classes. */
  meta: string;
  /** MD5 of single files, where they were published. */
  md5: Readonly<Record<string, string>>;
}

/** CIFAR-10 or CIFAR-100. */
export interface CifarDescription {
  name: string;
  classes: number;
  python: CifarVersion;
  binary: CifarVersion;
  /** Keys of the pickles: labels of a batch, names of the classes. */
  keys: { labels: string; names: string };
  /** Bytes before the pixels of a binary record; the last byte is the label. */
  labelBytes: number;
}

const BATCHES = [1, 2, 3, 4, 5];

/** Images of the training set and of the test set, for both. */
export const CIFAR_COUNTS = { train: 50_000, test: 10_000 } as const;

/** 10 classes, 5,000 training images each, in five files. */
export const CIFAR10: CifarDescription = {
  name: "CIFAR-10",
  classes: 10,
  python: {
    folder: "cifar-10-batches-py",
    archive: "cifar-10-python.tar.gz",
    archiveMd5: "c58f30108f718f92721af3b95e74349a",
    train: BATCHES.map((i) => `data_batch_${i}`),
    test: ["test_batch"],
    meta: "batches.meta",
    md5: {
      data_batch_1: "c99cafc152244af753f735de768cd75f",
      data_batch_2: "d4bba439e000b95fd0a9bffe97cbabec",
      data_batch_3: "54ebc095f3ab1f0389bbae665268c751",
      data_batch_4: "634d18415352ddfa80567beed471001a",
      data_batch_5: "482c414d41f54cd18b22e5b47cb7c3cb",
      test_batch: "40351d587109b95175f43aff81a1287e",
      "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    },
  },
  binary: {
    folder: "cifar-10-batches-bin",
    archive: "cifar-10-binary.tar.gz",
    archiveMd5: "c32a1d4ab5d03f1284b67883e8d87530",
    train: BATCHES.map((i) => `data_batch_${i}.bin`),
    test: ["test_batch.bin"],
    meta: "batches.meta.txt",
    md5: {},
  },
  keys: { labels: "labels", names: "label_names" },
  labelBytes: 1,
};

/** 100 classes, 500 training images each, in one file; the 20 coarse labels are passed over. */
export const CIFAR100: CifarDescription = {
  name: "CIFAR-100",
  classes: 100,
  python: {
    folder: "cifar-100-python",
    archive: "cifar-100-python.tar.gz",
    archiveMd5: "eb9058c3a382ffc7106e4002c42a8d85",
    train: ["train"],
    test: ["test"],
    meta: "meta",
    md5: {
      train: "16019d7e3df5f24257cddd939b257f8d",
      test: "f0ef6b0ae62326f3e7ffdfab6717acfc",
      meta: "7973b15100ade9c7d40fb424638fde48",
    },
  },
  binary: {
    folder: "cifar-100-binary",
    archive: "cifar-100-binary.tar.gz",
    archiveMd5: "03b5dce01913d631647c71ecec9e9cb8",
    train: ["train.bin"],
    test: ["test.bin"],
    meta: "fine_label_names.txt",
    md5: {},
  },
  keys: { labels: "fine_labels", names: "fine_label_names" },
  labelBytes: 2,
};
