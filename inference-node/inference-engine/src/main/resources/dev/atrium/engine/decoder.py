# The network, once, for inference and for training: decoders of the Llama family.
#
# This text is TorchScript source. The engine packs it into an archive when a model is loaded and
# hands it to libtorch; no Python runs anywhere. Shapes are given as (rows, dim):
#   N  new tokens of a step, of all sequences one after another    T  tokens of the cache arena
#   H  width of the residual stream    D  width of a head    F  width of the feed-forward part
#   Q  query heads    K  key/value heads    G = Q / K query heads share one key/value head
#
# Order of the weights, wherever a List[Tensor] of them is passed:
#   0  embedding (V, H)        1  last norm (H)
#   2 + 6 i + 0  norm before attention (H)      of layer i
#           + 1  query, key, value in one ((Q + 2 K) D, H)
#           + 2  attention output (H, Q D)
#           + 3  norm before the feed-forward part (H)
#           + 4  gate and up in one (2 F, H)
#           + 5  down (H, F)
#   2 + 6 L      output head (V, H), only if it is not tied to the embedding
# Norm weights multiply. Rotary pairs are half-split: element j turns with element j + D / 2.


# Root mean square norm (Zhang and Sennrich, 2019).
def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
  return torch.rms_norm(x, [x.size(-1)], weight, eps)


# Rotary tables of some positions (Su et al., 2021): cosine and signed sine, each (n, 1, D).
def rope_tables(positions: Tensor, D: int, theta: float) -> List[Tensor]:
  exponent = torch.arange(0, D, 2, dtype=7) / float(D)
  angle = positions.to(7).unsqueeze(1) * torch.pow(theta, -exponent)
  cos = torch.cos(angle)
  sin = torch.sin(angle)
  return [torch.cat([cos, cos], 1).unsqueeze(1).to(6), torch.cat([-sin, sin], 1).unsqueeze(1).to(6)]


# Turns each head of x (..., n, heads, D) to its position. Rolling by half a head exchanges the two
# halves; the minus of the first one is in the sine table.
def rope(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  return torch.addcmul(x * cos, torch.roll(x, [x.size(-1) // 2], [-1]), sin)


# Attention of queries q (B, K, G n, D) over keys and values k, v (B, K, t, D): the query heads that
# share a key head are folded into the query length, head by head.
def attend(q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor]) -> Tensor:
  return torch.scaled_dot_product_attention(q, k, v, mask)


# The gated unit between the two products of the feed-forward part (Shazeer, 2020).
def gated(gate_up: Tensor) -> Tensor:
  half = gate_up.size(-1) // 2
  return torch.silu(gate_up[..., :half]) * gate_up[..., half:]
