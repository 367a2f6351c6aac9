"""The networks of `gpupool bench` in eager PyTorch, for a time beside ours: `python3 eager.py ARCHITECTURE --width 1 --size 128 --batch 8 --steps 10` prints the same keys in a
line of JSON. Float32 without TF32, as ours; channels last, as ours. Written for this from the papers; parameters are counted so that a difference shows."""
import argparse, json, statistics, time
import torch
from torch import nn
from torch.nn import functional as F


class Lip(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.logit = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x):
        return weighted(x, self.logit(x))


class SelfAttentive(nn.Module):
    heads = 2

    def __init__(self, channels):
        super().__init__()
        self.embed = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU())
        self.row, self.column = nn.Embedding(256, channels // 2), nn.Embedding(256, channels // 2)
        self.projection, self.output = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.restore = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x):
        t = self.embed(x)
        n, c, h, w = t.shape
        row, column = self.row.weight[:h].T[None, :, :, None].expand(n, -1, h, w), self.column.weight[:w].T[None, :, None, :].expand(n, -1, h, w)
        t = (t + torch.cat([column, row], 1)).flatten(2).transpose(1, 2)
        q, k, v = self.projection(t).reshape(n, h * w, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        if hasattr(F, "scaled_dot_product_attention"):
            a = F.scaled_dot_product_attention(q, k, v)
        else:
            a = torch.softmax(q @ k.transpose(-1, -2) / (c // self.heads) ** 0.5, -1) @ v
        t = self.output(a.transpose(1, 2).reshape(n, h * w, c)).transpose(1, 2).reshape(n, c, h, w)
        return weighted(x, self.restore(t))


class Gaussian(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.hidden = nn.Sequential(nn.Conv2d(channels, half, 1), nn.BatchNorm2d(half), nn.ReLU())
        self.mean, self.sigma = (nn.Sequential(nn.Conv2d(half, channels, 1), nn.BatchNorm2d(channels)) for _ in range(2))

    def forward(self, x):
        hidden = self.hidden(x.mean((2, 3), keepdim=True))
        mean = F.avg_pool2d(x, 2)
        deviation = torch.sqrt(F.relu(F.avg_pool2d(x * x, 2) - mean * mean) + 1e-6)
        return mean + deviation * F.softplus(self.mean(hidden) + torch.sigmoid(self.sigma(hidden)) * torch.randn_like(mean))


def weighted(x, z):
    weight = torch.exp(torch.sigmoid(z))
    return F.avg_pool2d(x * weight, 2) / F.avg_pool2d(weight, 2)


POOLS = {"skip": None, "lip": Lip, "gaussian_pool": Gaussian, "nlp_headfix2": SelfAttentive}


def norm(inputs, outputs, size=1, stride=1, groups=1, activation=nn.ReLU6):
    layers = [nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expansion, stride, pool):
        super().__init__()
        hidden = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            *([norm(inputs, hidden)] if expansion > 1 else []), norm(hidden, hidden, 3, 1 if pool else stride, hidden), norm(hidden, outputs, activation=None),
            *([pool(outputs)] if pool and stride > 1 else []))

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(norm(inputs, outputs, 3, stride, activation=nn.ReLU), norm(outputs, outputs, 3, activation=None))
        self.shortcut = norm(inputs, outputs, 1, stride, activation=None) if stride > 1 or inputs != outputs else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def network(label, width, classes=10):
    backbone, pool, strides = label.split("-")
    pool, strides = POOLS[pool], [int(digit) for digit in strides]
    if backbone == "resnet18":
        layers, channels = [norm(3, 64, 7, 2, activation=nn.ReLU), nn.MaxPool2d(2)], 64
        for outputs, stride in zip((64, 128, 256, 512), strides):
            layers += [BasicBlock(channels, outputs, 1 if pool else stride), BasicBlock(outputs, outputs, 1)]
            layers += [pool(outputs)] if pool and stride > 1 else []
            channels = outputs
    else:
        scaled = lambda count: max(8, int(count * width + 4) // 8 * 8) if int(count * width + 4) // 8 * 8 >= 0.9 * count * width else int(count * width + 4) // 8 * 8 + 8
        channels = scaled(32)
        layers = [norm(3, channels, 3, 2)]
        stages = [(1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)]
        for (expansion, count, blocks), stride in zip(stages, strides):
            for block in range(blocks):
                layers.append(InvertedResidual(channels, scaled(count), expansion, stride if block == 0 else 1, pool))
                channels = scaled(count)
        layers.append(norm(channels, 1280))
        channels = 1280
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


parser = argparse.ArgumentParser()
parser.add_argument("architecture")
for name, kind, default in (("width", float, 1.0), ("size", int, 128), ("batch", int, 8), ("steps", int, 10)):
    parser.add_argument(f"--{name}", type=kind, default=default)
options = parser.parse_args()
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True
torch.manual_seed(0)
model = network(options.architecture, options.width).to(device, memory_format=torch.channels_last)
optimiser = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
images = torch.randn(options.batch, 3, options.size, options.size, device=device).contiguous(memory_format=torch.channels_last)
labels = torch.randint(10, (options.batch,), device=device)
times = []
for step in range(-3, options.steps):
    start = time.perf_counter()
    optimiser.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimiser.step()
    loss.item()
    if step >= 0:
        times.append(1e3 * (time.perf_counter() - start))
print(json.dumps({
    "engine": f"pytorch-eager-{torch.__version__}", "architecture": options.architecture, "width": options.width, "size": options.size, "batch": options.batch,
    "params": sum(p.numel() for p in model.parameters()), "median_ms": round(statistics.median(times), 2), "best_ms": round(min(times), 2),
    "peak_bytes": torch.cuda.max_memory_allocated() if device == "cuda" else 0,
    "device": torch.cuda.get_device_name() if device == "cuda" else "cpu"}, separators=(",", ":")))
