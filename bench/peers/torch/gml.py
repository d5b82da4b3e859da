"""GML as it is usually written in PyTorch."""
import torch
import torch.nn.functional as F


def gml(logits, labels, log_prior):
    """-mean over the classes present of log(mean over their samples of q), q the softmax of logits + log prior."""
    q = F.softmax(logits + log_prior, 1).gather(1, labels[:, None])[:, 0].clamp(1e-5, 1)
    counts = torch.bincount(labels, minlength=len(log_prior))
    means = torch.zeros(len(log_prior), device=q.device).index_add(0, labels, q) / counts.clamp(min=1)
    return -means[counts > 0].log().mean()
