"""An exported program at work: turns spans of tokens into the few integers of a step."""

import torch

WEIGHTS = ("w", "qk_norms", "qkv_bias", "output_bias", "mlp_bias")


def random_weights(name, i, shape_of):
    """In the place of a skeleton's zeros: matrices of one over the root of their width, vectors near one."""
    device = shape_of.device
    draw = torch.Generator(device).manual_seed(1000 * WEIGHTS.index(name) + i)
    values = torch.randn(list(shape_of.shape), generator=draw, device=device)
    if shape_of.dim() > 1:
        return (values * shape_of.size(-1) ** -0.5).to(shape_of.dtype)
    return (1 + 0.1 * values).to(shape_of.dtype)


class Step:
    """A loaded archive with an open cache. A span is (ids, position, start in the arena)."""

    def __init__(self, path, device, cache_tokens, weights=None):
        """`weights` makes other tensors out of the archive's own, name by name."""
        self.path = path
        self.device = torch.device(device)
        self.module = torch.jit.load(path, map_location=self.device)
        if weights:
            for name in WEIGHTS:
                setattr(self.module, name, [weights(name, i, t) for i, t in enumerate(getattr(self.module, name))])
        self.module.open(cache_tokens)
        self.weights = list(self.module.w)
        self.extras = [t for name in WEIGHTS[1:] for t in getattr(self.module, name)]
        self.dtype = self.weights[0].dtype
        self.vocab = self.weights[0].size(0)
        self.context = self.module.context
        self.L, self.K, self.D = self.module.L, self.module.K, self.module.D

    def on_the_cpu_in_f32(self, cache_tokens):
        """The same program with the same weights, where it needs no flash attention."""
        held = {name: list(getattr(self.module, name)) for name in WEIGHTS}
        return Step(self.path, "cpu", cache_tokens, lambda name, i, _: held[name][i].float().cpu())

    def forget(self):
        """Fills the cache with what is no number, so that a read of what nobody wrote shows."""
        self.module.cache[0].fill_(float("nan"))

    def batch(self, spans):
        """The arguments of `step`, on the device; logits are wanted after each span."""
        ids, positions, slots, first = [], [], [], [0]
        for tokens, position, start in spans:
            ids += tokens
            positions += range(position, position + len(tokens))
            slots += range(start + position, start + position + len(tokens))
            first.append(len(ids))
        starts = [start for _, _, start in spans] + [0]
        used = [position + len(tokens) for tokens, position, _ in spans]
        fields = torch.tensor([ids, positions, slots], device=self.device)
        ranges = torch.tensor([first, starts, used + [0]], dtype=torch.int32, device=self.device)
        wanted = torch.tensor([row - 1 for row in first[1:]], device=self.device)
        return fields, ranges, wanted, max(len(tokens) for tokens, _, _ in spans), max(used)

    def run(self, spans):
        """Logits (B, V) in f32 and the likeliest ids (B), both on the device."""
        return self.module.step(*self.batch(spans))

    def weight_bytes(self):
        """Bytes of weights that a step of one token must read: all but an embedding of its own."""
        tied = len(self.weights) == 2 + 6 * self.L
        read = self.weights if tied else self.weights[1:]
        return sum(t.numel() * t.element_size() for t in read + self.extras)

    def cache_bytes(self, tokens):
        """Bytes of keys and values of so many tokens."""
        return tokens * self.L * 2 * self.K * self.D * self.weights[0].element_size()

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
