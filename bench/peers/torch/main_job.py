"""The PyTorch side of main_job/run.ts: the paper's procedure, Du and Wu, CVPR 2023, appendix, or ours, in PyTorch.

The network is frozen; its last layer is re-trained with GML by SGD (momentum .9, weight decay 5e-4, lr .05, times .2 at
epoch 10), 40 epochs of batches of 128. With --views fresh, as in the paper, every epoch augments its images anew, so every
step runs the frozen network on its batch: augmentation is torchvision's in a DataLoader with two workers, or by tensors
in memory; both are timed for some batches first, that time is printed apart, and the faster one is used. With --views N
the network runs once on each of N augmented views of the images, epoch e trains on the features of view e mod N.

It runs on CUDA in 32-bit floats, or else on all cores; in channels_last. Prints one line of JSON: seconds of each part, and
the recall figures where all 40 epochs were run."""
import time
BEGIN = time.perf_counter()
import argparse, json, os, pickle
import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T
from gml import gml
from resnet32 import ResNet32
from setting import CUDA, DEVICE, about, prepare

EPOCHS, DROP_AT, BATCH, RATIO, CLASSES = 40, 10, 128, 100, 100
MEAN, STD = (.4914, .4822, .4465), (.2023, .1994, .2010)
TRIED_BATCHES = 12


def read_split(folder, name):
    """Reads images [N, 3, 32, 32] of bytes and labels [N] from the python version."""
    if not os.path.exists(os.path.join(folder, name)):
        folder = os.path.join(folder, "cifar-100-python")
    with open(os.path.join(folder, name), "rb") as file:
        split = pickle.load(file, encoding="latin1")
    return split["data"].reshape(-1, 3, 32, 32), np.array(split["fine_labels"])


def long_tail(labels):
    """Picks the images that the usual cut of ratio 100 keeps, and counts each class."""
    counts = [int(500 * (1 / RATIO) ** (i / (CLASSES - 1))) for i in range(CLASSES)]
    random, kept = np.random.RandomState(0), []
    for label, count in enumerate(counts):
        indices = np.where(labels == label)[0]
        random.shuffle(indices)
        kept.append(indices[:count])
    return np.concatenate(kept), torch.tensor(counts, dtype=torch.float32)


class Images(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images.transpose(0, 2, 3, 1), labels
        self.transform = T.Compose(
            [T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(MEAN, STD)]
        )

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


class InMemory:
    """Makes the same batches by one gather each, out of padded images that stay on the device."""

    def __init__(self, images, labels, device):
        self.images = F.pad(torch.from_numpy(images).to(device), (4, 4, 4, 4))
        self.labels = torch.from_numpy(labels).to(device)
        self.normalise = Normalise(device)

    def __iter__(self):
        return self.batches(torch.randperm(len(self.labels), device=self.labels.device))

    def in_order(self):
        return self.batches(torch.arange(len(self.labels), device=self.labels.device))

    def batches(self, order):
        device, near = self.images.device, torch.arange(32, device=self.images.device)
        channel = torch.arange(3, device=device)[None, :, None, None]
        for index in order.split(BATCH):
            top, left, flip = (torch.randint(n, (len(index), 1), device=device) for n in (9, 9, 2))
            y, x = top + near, left + torch.where(flip == 1, 31 - near, near)
            batch = self.images[index[:, None, None, None], channel, y[:, None, :, None], x[:, None, None, :]]
            yield self.normalise(batch), self.labels[index]


class Normalise:
    def __init__(self, device):
        self.mean, self.std = (torch.tensor(v, device=device).view(3, 1, 1) for v in (MEAN, STD))

    def __call__(self, bytes):
        return (bytes.float() / 255 - self.mean) / self.std


class Job:
    def __init__(self, data, checkpoint, seed):
        torch.manual_seed(seed)
        prepare()
        self.device, self.cuda = DEVICE, CUDA
        images, labels = read_split(data, "train")
        kept, counts = long_tail(labels)
        self.images, self.labels = images[kept], labels[kept]
        self.test = read_split(data, "test")
        self.log_prior = counts.log().to(self.device)
        self.net = ResNet32(CLASSES)
        state = torch.load(checkpoint, map_location="cpu")
        state = state.get("state_dict", state)
        self.net.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
        self.net.to(self.device, memory_format=torch.channels_last).eval()
        self.sgd = torch.optim.SGD(self.net.linear.parameters(), .05, .9, weight_decay=5e-4)
        self.schedule = torch.optim.lr_scheduler.MultiStepLR(self.sgd, [DROP_AT], .2)

    def loaders(self):
        images = Images(self.images, self.labels)
        return {
            "tensors in memory": InMemory(self.images, self.labels, self.device),
            "a DataLoader of 2 workers": DataLoader(
                images, BATCH, shuffle=True, num_workers=2, persistent_workers=True, pin_memory=self.cuda
            ),
        }

    def now(self):
        if self.cuda:
            torch.cuda.synchronize()
        return time.perf_counter()

    def features(self, images):
        with torch.no_grad():
            return self.net.features(images.contiguous(memory_format=torch.channels_last))

    def faster_loader(self):
        """Chooses the loader by the time of the frozen network's batches, after the first three."""
        seconds, loaders = {}, self.loaders()
        for name, loader in loaders.items():
            for i, (images, _) in enumerate(loader):
                if i == 3:
                    start = self.now()
                self.features(images.to(self.device))
                if i == 2 + TRIED_BATCHES:
                    break
            seconds[name] = (self.now() - start) / TRIED_BATCHES
        best = min(seconds, key=seconds.get)
        return best, loaders[best], seconds

    def train(self, loader, epochs):
        for _ in range(epochs):
            for images, labels in loader:
                images, labels = images.to(self.device, non_blocking=True), labels.to(self.device)
                self.step(self.features(images), labels)
            self.schedule.step()

    def step(self, features, labels):
        loss = gml(self.net.linear(features), labels, self.log_prior)
        self.sgd.zero_grad()
        loss.backward()
        self.sgd.step()

    def store_views(self, count):
        """The features of augmented views [images, 64], and the labels of their rows."""
        source = InMemory(self.images, self.labels, self.device)
        views = [torch.cat([self.features(images) for images, _ in source.in_order()]) for _ in range(count)]
        return views, source.labels

    def train_stored(self, views, labels):
        for epoch in range(EPOCHS):
            for index in torch.randperm(len(labels), device=self.device).split(BATCH):
                self.step(views[epoch % len(views)][index], labels[index])
            self.schedule.step()

    def recalls(self):
        """Measures recalls in per cent, on the test images as they are."""
        images, labels = self.test
        normalise, hits = Normalise(self.device), np.zeros(CLASSES)
        for at in range(0, len(labels), BATCH):
            batch = normalise(torch.from_numpy(images[at:at + BATCH]).to(self.device))
            with torch.no_grad():
                found = self.net.linear(self.features(batch)).argmax(1).cpu().numpy()
            np.add.at(hits, labels[at:at + BATCH], found == labels[at:at + BATCH])
        return 100 * hits / np.bincount(labels, minlength=CLASSES)


def figures(recalls):
    """Computes figures as the paper does: in the geometric and harmonic means a recall of 0 counts as 0.1 per cent."""
    positive = np.where(recalls == 0, .1, recalls)
    return {
        "mean": recalls.mean(),
        "gMean": np.exp(np.log(positive).mean()),
        "hMean": 1 / (1 / positive).mean(),
        "lowest": recalls.min(),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--views", default="fresh", help="fresh ones in every epoch, or the number of stored ones")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="fewer than 40 with fresh views alone")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    job = Job(args.data, args.checkpoint, args.seed)
    times, told, epochs = [job.now()], {}, args.epochs
    if args.views == "fresh":
        name, loader, tried = job.faster_loader()
        told = {"loader": name, "triedMsPerBatch": {name: 1000 * value for name, value in tried.items()}}
        times.append(job.now())
        job.train(loader, epochs)
    else:
        views, labels = job.store_views(int(args.views))
        epochs = EPOCHS
        times.append(job.now())
        job.train_stored(views, labels)
    times.append(job.now())
    found = figures(job.recalls())
    times.append(job.now())
    load, before, train, evaluate = np.diff([BEGIN, *times])
    print(json.dumps({
        **told,
        "views": args.views,
        "epochs": epochs,
        "seconds": {
            "load": load,
            "choose": before if args.views == "fresh" else 0,
            "views": 0 if args.views == "fresh" else before,
            "train": train,
            "evaluate": evaluate,
        },
        "figures": found if epochs == EPOCHS else None,
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__},
        "cuda": job.cuda,
        "device": about(),
    }))


if __name__ == "__main__":
    main()
