#!/usr/bin/env python3
"""Makes small networks with PyTorch, exported to ONNX, with what PyTorch answers.

  python3 -m venv venv && venv/bin/pip install torch onnx onnxscript numpy
  venv/bin/python tests/e2e/make/make_pytorch_networks.py [-o tests/data/networks]

Written per network: <name>_torch.onnx, <name>_torch.in<K>.bin and <name>_torch.out<K>.bin, raw
little-endian tensors in the model's own layout (NCHW). The weights are random (seeded).
"""
import argparse
import pathlib

import numpy as np
import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[3]


class InvertedResidual(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        wide = channels * 3
        self.skip = stride == 1 and channels == filters
        self.body = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
            nn.Conv2d(wide, filters, 1, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        return x + self.body(x) if self.skip else self.body(x)


def mobilenet_v2():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(),
        InvertedResidual(8, 8, 1), InvertedResidual(8, 12, 2), InvertedResidual(12, 12, 1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5)), [(1, 3, 32, 40)]


class BasicBlock(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.one, self.two = nn.Conv2d(channels, filters, 3, stride, 1), nn.Conv2d(filters, filters, 3, 1, 1)
        self.norm_one, self.norm_two = nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)
        self.short = nn.Conv2d(channels, filters, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = self.norm_two(self.two(torch.relu(self.norm_one(self.one(x)))))
        return torch.relu(self.short(x) + y)


def resnet():
    return nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
                         BasicBlock(8, 8, 1), BasicBlock(8, 16, 2), nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(16, 10)), [(1, 3, 32, 32)]


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.low = nn.Conv2d(1, 4, 3, 1, 1), nn.Conv2d(4, 8, 3, 1, 1), nn.Conv2d(8, 12, 3, 1, 1)
        self.up = nn.ConvTranspose2d(12, 8, 2, 2)
        self.mid, self.last = nn.Conv2d(16, 4, 3, 1, 1), nn.Conv2d(8, 1, 1)

    def forward(self, x):
        one = torch.relu(self.one(x))
        two = torch.relu(self.two(nn.functional.max_pool2d(one, 2)))
        low = torch.relu(self.low(nn.functional.max_pool2d(two, 2)))
        y = torch.relu(self.mid(torch.cat([self.up(low), two], 1)))
        y = nn.functional.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
        return torch.sigmoid(self.last(torch.cat([y, one], 1)))


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.cell = kind(4, 8, batch_first=True, **options)
        self.head = nn.Linear(16 if options.get("bidirectional") else 8, 3)

    def forward(self, x):
        return self.head(self.cell(x)[0][:, -1])


class ShuffleUnit(nn.Module):
    """Channel split and shuffle, as in ShuffleNet: reshapes and transposes between convolutions."""
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.body = nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 3, 1, 1, groups=4), nn.Conv2d(4, 4, 1))
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = self.stem(x)
        left, right = x.chunk(2, 1)
        x = torch.cat([left, self.body(right)], 1)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return self.head(x.mean((2, 3)))


class Fire(nn.Module):
    """SqueezeNet's module, with a head that convolves."""
    def __init__(self):
        super().__init__()
        self.stem, self.squeeze = nn.Conv2d(3, 8, 3, 2), nn.Conv2d(8, 4, 1)
        self.left, self.right = nn.Conv2d(4, 6, 1), nn.Conv2d(4, 6, 3, padding=1)
        self.head = nn.Conv2d(12, 5, 1)

    def forward(self, x):
        x = torch.relu(self.squeeze(nn.functional.max_pool2d(torch.relu(self.stem(x)), 3, 2, ceil_mode=True)))
        x = torch.cat([torch.relu(self.left(x)), torch.relu(self.right(x))], 1)
        return torch.softmax(self.head(x).mean((2, 3)), 1)


class SqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.down, self.up, self.head = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1), nn.Linear(8, 3)

    def forward(self, x):
        x = nn.functional.hardswish(self.stem(x))
        gate = nn.functional.adaptive_avg_pool2d(x, 1)
        gate = nn.functional.hardsigmoid(self.up(torch.relu(self.down(gate))))
        return self.head((x * gate).mean((2, 3)))


NETWORKS = {
    "mobilenet_v2": mobilenet_v2,
    "resnet": resnet,
    "unet": lambda: (UNet(), [(1, 1, 16, 16)]),
    "lstm": lambda: (Recurrent(nn.LSTM), [(1, 10, 4)]),
    "gru": lambda: (Recurrent(nn.GRU, bidirectional=True), [(1, 10, 4)]),
    "rnn": lambda: (Recurrent(nn.RNN, num_layers=2), [(1, 10, 4)]),
    "transformer": lambda: (nn.Sequential(
        nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, activation="gelu"), nn.Linear(16, 4)), [(1, 9, 16)]),
    "accelerometer": lambda: (nn.Sequential(
        nn.Conv1d(3, 8, 5, padding=2), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(8, 12, 3, dilation=2), nn.ELU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(12, 6)),
        [(1, 3, 64)]),
    "shuffle": lambda: (ShuffleUnit(), [(1, 3, 20, 24)]),
    "squeezenet": lambda: (Fire(), [(1, 3, 33, 33)]),
    "squeeze_excite": lambda: (SqueezeExcite(), [(1, 3, 24, 24)]),
    "mlp": lambda: (nn.Sequential(nn.Linear(12, 24), nn.LayerNorm(24), nn.SiLU(), nn.Linear(24, 24),
                                  nn.PReLU(24), nn.Linear(24, 3), nn.LogSoftmax(1)), [(1, 12)]),
    "group_norm": lambda: (nn.Sequential(nn.Conv2d(2, 8, 3), nn.GroupNorm(4, 8), nn.GELU(), nn.AvgPool2d(2),
                                         nn.InstanceNorm2d(8, affine=True), nn.Flatten(), nn.Linear(200, 4)),
                           [(1, 2, 12, 12)]),
}


def settle(model, rng):
    """Statistics and shifts as training would leave them, not zeros and ones."""
    for name, tensor in list(model.named_buffers()) + list(model.named_parameters()):
        if "running_mean" in name:
            tensor.data.copy_(0.2 * torch.randn(tensor.shape, generator=rng))
        elif "running_var" in name:
            tensor.data.copy_(0.5 + torch.rand(tensor.shape, generator=rng))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "tests/data/networks")
    parser.add_argument("names", nargs="*", help="networks to make, default all")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for i, (name, make) in enumerate(NETWORKS.items()):
        if args.names and name not in args.names:
            continue
        torch.manual_seed(7)
        rng = torch.Generator().manual_seed(7)
        model, shapes = make()
        settle(model, rng)
        model.eval()
        inputs = tuple(torch.randn(shape, generator=rng) for shape in shapes)
        base = args.output / f"{name}_torch"
        # Both exporters are in use: the newer one for every second network.
        torch.onnx.export(model, inputs, f"{base}.onnx", dynamo=i % 2 == 1,
                          **({"external_data": False} if i % 2 == 1 else {}))
        with torch.no_grad():
            answers = model(*inputs)
        answers = answers if isinstance(answers, tuple) else (answers,)
        for kind, tensors in (("in", inputs), ("out", answers)):
            for k, tensor in enumerate(tensors):
                pathlib.Path(f"{base}.{kind}{k}.bin").write_bytes(
                    np.ascontiguousarray(tensor.numpy()).astype(np.float32).tobytes())
        print(base.name, flush=True)


if __name__ == "__main__":
    main()
