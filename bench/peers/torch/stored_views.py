"""The PyTorch side of stored_views.ts: features of its own views, and training on these and on ours.

Reads from a folder order-SEED.u32 [40, images], ours-test.f32 and ours-SEED-VIEW.f32, features of a row each; writes its
own features as torch-*.f32. torchvision draws the views, each from a stream of its own. Prints a line of JSON for each
features and seed: the recall figures of the classifier that GML leaves, trained in the order of the file."""
import copy, json, sys
import numpy as np
import torch
from torch.utils.data import DataLoader
from gml import gml
from main_job import BATCH, CLASSES, DROP_AT, EPOCHS, Images, Job, Normalise, figures


def rows(folder, name):
    return torch.from_numpy(np.fromfile(f"{folder}/{name}.f32", np.float32)).view(-1, 64)


def write(folder, name, job, batches):
    features = [job.features(x.to(job.device)).cpu() for x in batches]
    torch.cat(features).numpy().tofile(f"{folder}/{name}.f32")


def write_views(folder, job, seed, count):
    for view in range(1, count + 1):
        torch.manual_seed(1000 * seed + view)
        loader = DataLoader(Images(job.images, job.labels), BATCH)
        write(folder, f"torch-{seed}-{view}", job, (images for images, _ in loader))


def train(job, views, order):
    """Trains a copy of the checkpoint's last layer for all epochs, view e mod K in epoch e."""
    linear, labels = copy.deepcopy(job.net.linear).cpu(), torch.from_numpy(job.labels)
    sgd = torch.optim.SGD(linear.parameters(), .05, .9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.MultiStepLR(sgd, [DROP_AT], .2)
    for epoch in range(EPOCHS):
        for index in order[epoch].split(BATCH):
            loss = gml(linear(views[epoch % len(views)][index]), labels[index], job.log_prior.cpu())
            sgd.zero_grad()
            loss.backward()
            sgd.step()
        schedule.step()
    return linear


def main():
    folder, data, checkpoint, seeds, count = sys.argv[1:]
    job, last = Job(data, checkpoint, 0), int(count)
    write(folder, "torch-test", job, map(Normalise("cpu"), torch.from_numpy(job.test[0]).split(BATCH)))
    for seed in range(int(seeds)):
        write_views(folder, job, seed, last)
        order = np.fromfile(f"{folder}/order-{seed}.u32", np.uint32).astype(np.int64)
        for features in ("ours", "torch"):
            views = [rows(folder, f"{features}-{seed}-{view}") for view in range(1, last + 1)]
            linear = train(job, views, torch.from_numpy(order).view(EPOCHS, -1))
            hits = linear(rows(folder, f"{features}-test")).argmax(1).numpy() == job.test[1]
            recalls = 100 * np.bincount(job.test[1], hits, CLASSES) / np.bincount(job.test[1])
            print(json.dumps({"features": features, "seed": seed, **figures(recalls)}), flush=True)


if __name__ == "__main__":
    main()
