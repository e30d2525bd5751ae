# Draws tokens on the device where their logits lie, so that of a step nothing comes to the host but ids.
# The same as Sampler.java, said in tensors: which token a row gets is a function of its logits, of what
# the host tells about the row and of the number that the host drew for it.
#
# TorchScript source, as decoder.py is. Shapes:
#   R  rows that are drawn    V  vocabulary    n  tokens of a row that are looked at
# Logits are f32. Weights (e to the power of what a logit is below the largest, by the temperature) and
# their sums are f64, since a device adds them up in an order of its own: so it does not show.


# Adds to logits x (R, V), in place. `sums` (3, m): row of x, token, what is added. No pair is there twice.
def add(x: Tensor, sums: Tensor) -> NoneType:
  at = (sums[0] * x.size(1) + sums[1]).to(4)
  _ = x.view(-1).index_add_(0, at, sums[2].to(6))
  return None


# Which of V tokens are in each set (r, 1 + words): a row of x, then its tokens by 64 bits. Bool (r, V).
def members(sets: Tensor, V: int) -> Tensor:
  bytes = torch.view_copy(sets[:, 1:], dtype=0).unsqueeze(2)
  bits = torch.bitwise_right_shift(bytes, torch.arange(8, dtype=0, device=sets.device))
  return torch.flatten(torch.bitwise_and(bits, 1), 1)[:, :V].to(11)


# CTRL's penalty for tokens that were there: positive logits are divided, negative ones multiplied.
def repeat_less(x: Tensor, seen: Tensor, repetition: Tensor) -> NoneType:
  rows = seen[:, 0]
  y = torch.index_select(x, 0, rows)
  by = torch.index_select(repetition, 0, rows).to(6)
  y = torch.where(__torch__.members(seen, x.size(1)), torch.where(y > 0., y / by, y * by), y)
  _ = x.index_copy_(0, rows, y)
  return None


# Leaves only the tokens that the form of an answer allows.
def keep(x: Tensor, allowed: Tensor) -> NoneType:
  rows = allowed[:, 0]
  others = torch.logical_not(__torch__.members(allowed, x.size(1)))
  _ = x.index_copy_(0, rows, torch.index_select(x, 0, rows).masked_fill_(others, -inf))
  return None


# The n best tokens of each row, best first, lower ids before equal logits: ids (R, n). All of them are
# sorted, which keeps the order of equals; a few are chosen by numbers among which there are no equals.
def best(x: Tensor, n: int) -> Tensor:
  V = x.size(1)
  # Zero has two signs and is one logit.
  y = x.masked_fill(x == 0., 0.)
  if n == V:
    _sorted, ids = torch.sort(y, stable=True, dim=1, descending=True)
  else:
    bits = torch.view_copy(y, dtype=3)
    order = torch.where(bits >= 0, bits, torch.bitwise_xor(bits, 2147483647))
    unequal = order.to(4).mul_(V).sub_(torch.arange(V, device=x.device))
    _chosen, ids = torch.topk(unequal, n, 1, True, True)
  return ids


# What tokens weigh; the likeliest 1.
def weigh(x: Tensor, largest: Tensor, temperature: Tensor) -> Tensor:
  return x.to(7).sub_(largest).div_(temperature).exp_()


# The first place at which the kept weights of a row exceed the share u of all of them. Sums of many are
# rounded as the device likes: nobody gets a token that is not kept for that. `sums` (R, n) are the
# weights' so far. Returns (R, 1); 0 where nothing is kept.
def reach(weights: Tensor, sums: Tensor, kept: Tensor, u: Tensor) -> Tensor:
  n = weights.size(1)
  all = weights.masked_fill(torch.logical_not(kept), 0.).sum([1], True)
  places = torch.arange(n, device=weights.device)
  reached = torch.logical_and(kept, sums > u * all)
  first = torch.where(reached, places, n).amin([1], True)
  last = torch.where(kept, places, 0).amax([1], True)
  return torch.minimum(first, last)


class Drawing(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Draws from rows of `logits`, which stay as they are.
  #
  #   told (7, R)     f64: row of logits, repetition penalty, temperature, top-k (1 to V), top-p, min-p and
  #                   a number in [0, 1) that decides
  #   biases, losses  sums (3, m), f64, as `add` takes them: before and after the repetition penalty
  #   seen, allowed   sets (r, 1 + words), i64, as `members` takes them: tokens that are repeated less, and
  #                   the only ones that may be drawn, in rows that have such a set
  #   n               how many of the best tokens are looked at; 0 draws from all in the order of their ids,
  #                   and heeds neither top-k nor top-p
  #
  # Returns the ids (R), i64: -1 where the logits are no numbers, -2 where n tokens are not enough.
  def draw(self: __torch__.Drawing, logits: Tensor, told: Tensor, biases: Tensor, losses: Tensor, seen: Tensor, allowed: Tensor, n: int) -> List[Tensor]:
    V = logits.size(1)
    row, repetition, temperature, top_k, top_p, min_p, u = torch.unbind(told.unsqueeze(2), 0)
    x = torch.index_select(logits, 0, row.to(4).squeeze(1))
    if biases.size(1) > 0:
      __torch__.add(x, biases)
    if seen.size(0) > 0:
      __torch__.repeat_less(x, seen, repetition)
    if losses.size(1) > 0:
      __torch__.add(x, losses)
    if allowed.size(0) > 0:
      __torch__.keep(x, allowed)
    largest = torch.amax(x, [1], True)
    if n == 0:
      weights = __torch__.weigh(x, largest, temperature)
      weights = weights.masked_fill_(weights < min_p, 0.)
      id = __torch__.reach(weights, torch.cumsum(weights, 1), weights > 0., u)
    else:
      ids = __torch__.best(x, n)
      weights = __torch__.weigh(torch.gather(x, 1, ids), largest, temperature)
      sums = torch.cumsum(weights, 1)
      total = torch.gather(sums, 1, (torch.clamp(top_k, 1., n) - 1.).to(4))
      enough = top_k <= n
      if n < V:
        all = __torch__.weigh(x, largest, temperature).sum([1], True)
        unlimited = top_k >= V
        total = torch.where(unlimited, all, total)
        cut = torch.logical_or(sums[:, -1:] >= top_p * total, weights[:, -1:] < min_p)
        enough = torch.logical_or(enough, torch.logical_and(unlimited, cut))
      # Each of these keeps the best, and of the others a beginning.
      kept = torch.logical_and(sums - weights < top_p * total, weights >= min_p)
      kept = torch.logical_and(kept, weights > 0.)
      kept = torch.logical_and(kept, torch.arange(n, device=x.device) < top_k)
      id = torch.gather(ids, 1, __torch__.reach(weights, sums, kept, u))
      id = id.masked_fill(torch.logical_not(enough), -2)
    return [id.masked_fill(torch.logical_not(torch.isfinite(largest)), -1).squeeze(1)]

  # How likely tokens are by logits as they are, and which are likeliest. `told` (2, R), i64: row of logits,
  # token. Returns (R, 1 + 2 n), f64: the natural logarithm of the token's probability, those of the n best,
  # the ids of these. Not a number where logits are none.
  def likelihoods(self: __torch__.Drawing, logits: Tensor, told: Tensor, n: int) -> List[Tensor]:
    row, token = torch.unbind(told, 0)
    x = torch.index_select(logits, 0, row)
    largest = torch.amax(x, [1], True)
    all = x.to(7).sub_(largest).exp_().sum([1], True).log()
    ids = __torch__.best(x, n)
    asked = torch.gather(x, 1, torch.cat([token.unsqueeze(1), ids], 1)).to(7)
    return [torch.cat([asked - largest - all, ids.to(7)], 1)]
