#!/usr/bin/python3
"""The peer of bench/training: sums of two MNIST digits in a plain torch loop.

Debian packages: python3-torch, libopenblas0-openmp. The same LeNet (45,278 weights), Adam, one
thread; the law of the sum is a dense convolution of the two distributions. Prints pairs a CPU second.
"""

import argparse
import gzip
import pathlib
import time

import torch
from torch import nn


def idx(file, offset):
    with gzip.open(file) as stream:
        return torch.frombuffer(bytearray(stream.read()[offset:]), dtype=torch.uint8)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mnist", type=pathlib.Path, required=True)
    parser.add_argument("--pairs", type=int, default=6400)
    parser.add_argument("--batch", type=int, default=64)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    images = idx(arguments.mnist / "train-images-idx3-ubyte.gz", 16).view(-1, 1, 28, 28)
    labels = idx(arguments.mnist / "train-labels-idx1-ubyte.gz", 8).long()
    order = torch.randperm(len(labels))[:2 * arguments.pairs]
    images = images[order].float() / 255
    sums = labels[order].view(-1, 2).sum(1)

    net = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(8, 16, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
        nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        nn.Softmax(1))
    assert sum(p.numel() for p in net.parameters()) == 45278
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    convolution = torch.zeros(100, 19)
    for a in range(10):
        for b in range(10):
            convolution[10 * a + b, a + b] = 1

    def step(first):
        digits = net(images[2 * first:2 * (first + arguments.batch)]).view(-1, 2, 10)
        law = (digits[:, 0, :, None] * digits[:, 1, None, :]).reshape(-1, 100) @ convolution
        right = sums[first:first + arguments.batch, None]
        loss = -law.gather(1, right).clamp_min(1e-30).log().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    firsts = range(0, arguments.pairs - arguments.batch + 1, arguments.batch)
    for first in list(firsts)[:5]:
        step(first)
    start = time.process_time()
    loss = sum(step(first) for first in firsts) / len(firsts)
    seconds = time.process_time() - start
    print(f"{len(firsts) * arguments.batch / seconds:.0f} pairs/s, mean loss {loss:.3f}")


if __name__ == "__main__":
    main()
