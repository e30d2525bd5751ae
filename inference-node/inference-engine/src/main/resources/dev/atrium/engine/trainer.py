

# Root mean square norm under autograd. On a GPU, where each operation is a kernel, it is one.
def trained_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
  if x.is_cuda:
    y = torch.rms_norm(x, [x.size(-1)], weight, eps)
  else:
    y = __torch__.norm(x, weight, eps)
  return y


# What the host has, where the weights are. From pinned memory a copy is queued behind the kernels before
# it; any other would wait for them.
def beside(x: Tensor, w: Tensor) -> Tensor:
  if w.is_cuda:
    x = x.pin_memory().to(w.device, x.dtype, True)
  return x


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
  # it is the widest product. The batch may lie with the host.
  def forward(self: __torch__.Trainer, ids: Tensor, places: Tensor, targets: Tensor, weights: Tensor, w: List[Tensor]) -> Tensor:
    B = ids.size(0)
    T = ids.size(1)
    Q = self.Q
    K = self.K
    D = self.D
    tables = __torch__.rope_tables(torch.arange(T), self.frequencies, 1.)
    cos = __torch__.beside(tables[0], w[0])
    sin = __torch__.beside(tables[1], w[0])
    x = torch.embedding(w[0], __torch__.beside(ids, w[0]))
    for i in range(self.L):
      b = 2 + 6 * i
      heads = torch.linear(__torch__.trained_norm(x, w[b], self.eps), w[b + 1]).view(B, T, Q + 2 * K, D)
      # Splits, because the gradient of a slice is a tensor of zeros that it is copied into.
      qk, v = torch.split_with_sizes(heads, [Q + K, K], 2)
      q, k = torch.split_with_sizes(__torch__.rope(qk, cos, sin).transpose(1, 2), [Q, K], 1)
      v = v.transpose(1, 2)
      if Q > K:
        k = torch.repeat_interleave(k, Q // K, 1)
        v = torch.repeat_interleave(v, Q // K, 1)
      y = torch.scaled_dot_product_attention(q, k, v, None, 0., True)
      x = x + torch.linear(y.transpose(1, 2).reshape(B, T, Q * D), w[b + 2])
      gate_up = torch.linear(__torch__.trained_norm(x, w[b + 3], self.eps), w[b + 4])
      x = x + torch.linear(__torch__.gated(gate_up), w[b + 5])
    head = w[0]
    if len(w) > 2 + 6 * self.L:
      head = w[2 + 6 * self.L]
    x = torch.index_select(x.view(B * T, -1), 0, __torch__.beside(places, w[0]))
    logits = torch.linear(__torch__.trained_norm(x, w[1], self.eps), head)
    each = torch.cross_entropy_loss(logits, __torch__.beside(targets, w[0]), None, 0)
    return torch.sum(each * __torch__.beside(weights, w[0]))

  def loss(self: __torch__.Trainer, ids: Tensor, places: Tensor, targets: Tensor, weights: Tensor, w: List[Tensor]) -> List[Tensor]:
    return [self.forward(ids, places, targets, weights, w)]

  # One step of AdamW (Loshchilov and Hutter, 2019), in place: moments m and v, gradients g clipped to a
  # common norm, matrices decayed, vectors not. Clears the gradients and adds `loss` to `losses`. All
  # weights at once: on a GPU a kernel or two for each line.
  def update(self: __torch__.Trainer, w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], losses: Tensor, loss: Tensor, step: int, rate: float, decay: float, beta1: float, beta2: float, clip: float) -> NoneType:
    length = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g)))
    torch._foreach_mul_(g, torch.clamp_max(clip / (length + 1.0e-6), 1.0))
    torch._foreach_mul_(m, beta1)
    torch._foreach_add_(m, g, alpha=1.0 - beta1)
    torch._foreach_mul_(v, beta2)
    torch._foreach_addcmul_(v, g, g, value=1.0 - beta2)
    matrices : List[Tensor] = []
    for each in w:
      if each.dim() > 1:
        matrices.append(each)
    torch._foreach_mul_(matrices, 1.0 - rate * decay)
    size = torch._foreach_sqrt(torch._foreach_div(v, 1.0 - beta2 ** step))
    torch._foreach_add_(size, 1.0e-8)
    torch._foreach_addcdiv_(w, m, size, value=-rate / (1.0 - beta1 ** step))
    torch._foreach_zero_(g)
    _ = losses.add_(loss)
    return None

  def zero(self: __torch__.Trainer, target: Tensor) -> NoneType:
    _ = target.zero_()
    return None

  def fill(self: __torch__.Trainer, target: Tensor, source: Tensor) -> NoneType:
    _ = target.copy_(source)
    return None
