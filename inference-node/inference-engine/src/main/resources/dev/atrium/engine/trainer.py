

# Training: the same network over whole rows of text at once, its weights passed in as a list (in the
# order that stands at the top), so that autograd follows them.
class Trainer(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  L : int
  Q : int
  K : int
  D : int
  eps : float
  frequencies : List[float]

  # Cross entropy of ids (B, T) over chosen places, times `weights` (R), which sum to 1. `places` (R)
  # counts through B T; `targets` (R) is what should come after each. Only there the head is computed:
  # it is the widest product.
  def forward(self: __torch__.Trainer, ids: Tensor, places: Tensor, targets: Tensor, weights: Tensor, w: List[Tensor]) -> Tensor:
    B = ids.size(0)
    T = ids.size(1)
    Q = self.Q
    K = self.K
    D = self.D
    tables = __torch__.rope_tables(torch.arange(T), self.frequencies, 1.)
    x = torch.embedding(w[0], ids)
    for i in range(self.L):
      b = 2 + 6 * i
      heads = torch.linear(__torch__.norm(x, w[b], self.eps), w[b + 1]).view(B, T, Q + 2 * K, D)
      qk = __torch__.rope(heads[:, :, :Q + K], tables[0], tables[1]).transpose(1, 2)
      k = qk[:, Q:]
      v = heads[:, :, Q + K:].transpose(1, 2)
      if Q > K:
        k = torch.repeat_interleave(k, Q // K, 1)
        v = torch.repeat_interleave(v, Q // K, 1)
      y = torch.scaled_dot_product_attention(qk[:, :Q], k, v, None, 0., True)
      x = x + torch.linear(y.transpose(1, 2).reshape(B, T, Q * D), w[b + 2])
      gate_up = torch.linear(__torch__.norm(x, w[b + 3], self.eps), w[b + 4])
      x = x + torch.linear(__torch__.gated(gate_up), w[b + 5])
    head = w[0]
    if len(w) > 2 + 6 * self.L:
      head = w[2 + 6 * self.L]
    x = torch.index_select(x.view(B * T, -1), 0, places)
    logits = torch.linear(__torch__.norm(x, w[1], self.eps), head)
    return torch.sum(torch.cross_entropy_loss(logits, targets, None, 0) * weights)

  def loss(self: __torch__.Trainer, ids: Tensor, places: Tensor, targets: Tensor, weights: Tensor, w: List[Tensor]) -> List[Tensor]:
    return [self.forward(ids, places, targets, weights, w)]

  # One step of AdamW (Loshchilov and Hutter, 2019), in place: moments m and v, gradients clipped to a
  # common norm, matrices decayed, vectors not. Clears the gradients and returns their norm.
  def update(self: __torch__.Trainer, w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], step: int, rate: float, decay: float, beta1: float, beta2: float, clip: float) -> List[Tensor]:
    squares = torch.zeros([], dtype=6)
    for gradient in g:
      squares = squares + torch.sum(gradient * gradient)
    length = torch.sqrt(squares)
    scale = torch.clamp_max(clip / (length + 1.0e-6), 1.0)
    bias1 = 1.0 - beta1 ** step
    bias2 = 1.0 - beta2 ** step
    for i in range(len(w)):
      _s = g[i].mul_(scale)
      _m = m[i].mul_(beta1).add_(g[i], alpha=1.0 - beta1)
      _v = v[i].mul_(beta2).addcmul_(g[i], g[i], value=1.0 - beta2)
      if w[i].dim() > 1:
        _d = w[i].mul_(1.0 - rate * decay)
      _w = w[i].addcdiv_(m[i] / bias1, torch.sqrt(v[i] / bias2).add_(1.0e-8), value=-rate)
      _z = g[i].zero_()
    return [length]

  def fill(self: __torch__.Trainer, target: Tensor, source: Tensor) -> NoneType:
    _ = target.copy_(source)
    return None
