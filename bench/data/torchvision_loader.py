"""The torchvision side of main.ts. Its settings are the usual best ones: Workers that stay, one thread in each.

Reads a JSON list of files, then a line for each epoch to run; prints the seconds of each by the clock and
of the processor, all processes together."""
import json, multiprocessing, os, sys, time
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T


class Files(Dataset):
    def __init__(self, files):
        self.files = files
        self.transform = T.Compose([
            T.Resize(256), T.RandomCrop(224), T.RandomHorizontalFlip(), T.ColorJitter(.4, .4, .4), T.ToTensor(),
            T.Normalize([.485, .456, .406], [.229, .224, .225]),
        ])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with open(self.files[index], "rb") as file:
            return self.transform(Image.open(file).convert("RGB")), 0


def processor_seconds():
    """Sums up this process and its Workers, which live on; without /proc this process alone."""
    ticks = 0
    for worker in multiprocessing.active_children() if os.path.exists("/proc/self/stat") else []:
        with open(f"/proc/{worker.pid}/stat") as file:
            ticks += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    workers, batch = map(int, sys.argv[1:3])
    files = json.loads(sys.stdin.readline())
    loader = DataLoader(Files(files), batch, shuffle=True, num_workers=workers, persistent_workers=True)
    for _ in sys.stdin:
        start, before = time.perf_counter(), processor_seconds()
        count = sum(len(images) for images, _ in loader)
        assert count == len(files)
        print(time.perf_counter() - start, processor_seconds() - before, flush=True)
