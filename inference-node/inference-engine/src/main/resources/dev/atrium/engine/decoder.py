# The network, once, for inference on the CPU (Decoder), for inference on CUDA (CudaDecoder) and for
# training: decoders of the Llama family.
#
# This text is TorchScript source. The engine packs it into an archive when a model is loaded or
# exported and hands it to libtorch; no Python runs anywhere. Shapes are given as (rows, dim):
#   N  new tokens of a step, of all sequences one after another    T  tokens of the cache arena
#   B  sequences that take part in a step    R  tokens whose logits are wanted    V  vocabulary
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
#
# What only some of the family have is an empty list where they have it not: biases, norms of queries
# and keys, and what is special about a layer, 1 for yes:
#   windowed  its tokens see the `window` last ones only, themselves included (Mistral, Qwen2)
#   still     its queries and keys are not turned to their positions (SmolLM3)


# Root mean square norm (Zhang and Sennrich, 2019).
def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
  # Written out, because torch.rms_norm takes half as long again on the few rows of a step.
  return x * torch.rsqrt(torch.mean(x * x, [-1], True) + eps) * weight


# Rotary tables of some positions (Su et al., 2021): cosine and signed sine, each (n, 1, D). From one
# position to the next a pair turns by its frequency, in which all scaling of positions lies; YaRN also
# stretches both tables by an amplitude.
def rope_tables(positions: Tensor, frequencies: List[float], amplitude: float) -> List[Tensor]:
  angle = positions.to(7).unsqueeze(1) * torch.tensor(frequencies, dtype=7)
  cos = torch.cos(angle) * amplitude
  sin = torch.sin(angle) * amplitude
  return [torch.cat([cos, cos], 1).unsqueeze(1).to(6), torch.cat([-sin, sin], 1).unsqueeze(1).to(6)]


# Turns each head of x (..., n, heads, D) to its position. Rolling by half a head exchanges the two
# halves; the minus of the first one is in the sine table.
def rope(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  return torch.addcmul(x * cos, torch.roll(x, [x.size(-1) // 2], [-1]), sin)


# What n tokens may see, the first of them at position `before`, of the keys from position `low` to the
# last of the tokens: (n, keys) of 0 and -inf. `window` is the most keys that one sees; 0 is all.
def causal(before: int, n: int, low: int, window: int) -> Tensor:
  unseen = torch.full([n, before + n - low], -inf, dtype=6)
  mask = torch.triu(unseen, before - low + 1)
  if window > 0:
    mask = mask + torch.tril(unseen, before - low - window)
  return mask


# Attention of a block of n tokens, queries q (n, Q, D), over keys (K, D, t) and values (K, t, D), into `out`
# (n, Q, D). The query heads that share a key head are rows of one product. `mask` (n, 1, m) is added to the last m
# keys. Plain products, because libtorch's fused attention takes twice to eight times as long over so few rows on a
# CPU.
def attend_block(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, out: Tensor) -> NoneType:
  K, t, D = v.size()
  n = q.size(0)
  G = q.size(1) // K
  scores = torch.bmm(q.view(n, K, G, D).transpose(0, 1).reshape([K, n * G, D]), k)
  _m = scores.view(K, n, G, t)[..., t - mask.size(2):].add_(mask)
  y = torch.bmm(torch.softmax(scores, -1), v)
  _o = out.view(n, K, G, D).copy_(y.view(K, n, G, D).transpose(0, 1))
  return None


# Where the single tokens of a step find what they see, in the rows of a layer's part of the arena: `bags` for
# `attend_bags`. Of each token its row in the step, the first and the last place that it sees, of T. In this order:
# rows of keys, where each bag of them begins and the last ends, the query of each bag among a layer's heads
# (N (Q + 2 K), D), rows of values, where their bags begin and the last ends, the tokens' rows; then room for the
# shares of what each token sees, of all together and of each (Q, t).
def bags(rows: List[int], first: List[int], last: List[int], T: int, Q: int, K: int, D: int) -> List[Tensor]:
  G = Q // K
  heads = torch.arange(K, dtype=3).mul(T).view(K, 1, 1)
  keys : List[Tensor] = []
  queries : List[Tensor] = []
  values : List[Tensor] = []
  begins : List[Tensor] = []
  begin = 0
  for j in range(len(first)):
    low = first[j] // D
    high = last[j] // D + 1
    t = last[j] + 1 - first[j]
    keys.append((heads + torch.arange(low * D, high * D, dtype=3)).expand([K, G, (high - low) * D]).reshape([-1]))
    query = rows[j] * (Q + 2 * K)
    queries.append(torch.arange(query, query + Q, dtype=3).unsqueeze(1).expand([Q, high - low]).reshape([-1]))
    values.append((heads + torch.arange(K * T + first[j], K * T + last[j] + 1, dtype=3)).expand([K, G, t]).reshape([-1]))
    begins.append(torch.arange(begin, begin + Q * t, t, dtype=3))
    begin = begin + Q * t
  begins.append(torch.tensor([begin], dtype=3))
  query = torch.cat(queries)
  shares = torch.zeros([begin], dtype=6)
  bags = [torch.cat(keys), torch.arange(0, (query.size(0) + 1) * D, D, dtype=3), query, torch.cat(values), torch.cat(begins), torch.tensor(rows), shares]
  begin = 0
  for j in range(len(first)):
    t = last[j] + 1 - first[j]
    bags.append(shares[begin:begin + Q * t].view(Q, t))
    begin = begin + Q * t
  return bags


# Attention of single tokens, n of all sequences at once, whose queries are among the heads (N, Q + 2 K, D), over the
# slab (2 K T, D), a layer's part of the arena: (n Q, D). libtorch's embedding_bag adds up rows by weights, bag by
# bag. Rows of keys are dimensions of D tokens: added up by a query they are its scores for these tokens. Rows of
# values added up by probabilities are the result. It reads what it needs where it lies, nearly as fast as memory
# gives it; the BLAS of libtorch does half as well on processors that are not Intel's. A token's numbers depend on
# nobody else's, nor on where in a block its sequence begins.
def attend_bags(heads: Tensor, Q: int, slab: Tensor, bags: List[Tensor], first: List[int], last: List[int]) -> Tensor:
  D = heads.size(2)
  weights = torch.index_select(heads.view(-1, D), 0, bags[2]).view(-1)
  scores = torch.embedding_bag(slab, bags[0], bags[1], False, 0, False, weights, True)[0]
  begin = 0
  for j in range(len(first)):
    low = first[j] % D
    t = last[j] + 1 - first[j]
    width = (last[j] // D + 1) * D - (first[j] - low)
    _s = torch._softmax(torch.as_strided(scores, [Q, t], [width, 1], begin + low), -1, False, out=bags[7 + j])
    begin = begin + Q * width
  return torch.embedding_bag(slab, bags[3], bags[4], False, 0, False, bags[6], True)[0]


# The gated unit between the two products of the feed-forward part (Shazeer, 2020).
def gated(gate_up: Tensor) -> Tensor:
  gate, up = torch.chunk(gate_up, 2, -1)
  return torch.silu(gate) * up


# A matrix as int8 with a scale for each row of it.
def pack_int8(w: Tensor) -> __torch__.torch.classes.quantized.LinearPackedParamsBase:
  scales = torch.clamp(torch.amax(torch.abs(w), [1]), 1e-12) / 127.
  q = torch.quantize_per_channel(w, scales, torch.zeros_like(scales, dtype=4), 0, 12)
  return ops.quantized.linear_prepack(q, None)


# The norm for inference on the CPU, where what counts on the few rows of a step is how many operations there are.
# `weight` is multiplied by the square root of H already; `least` is that of H times eps, in a tensor, since an
# operation with a number costs twice as much.
def lean_norm(x: Tensor, weight: Tensor, least: Tensor) -> Tensor:
  return (x * weight).div_(torch.hypot(torch.linalg_vector_norm(x, 2, [-1], True), least))


# The largest number of each row, no less than makes a division possible.
def largest(x: Tensor) -> Tensor:
  return torch.clamp_(torch.amax(torch.abs(x), [-1], True), 1e-12)


# Products of int8 with rows whose numbers are -1 to 1: so all have the same scale in every batch. One that is chosen
# for a whole batch lets a row with large numbers blur all others. 7 bits, since 8 overflow without VNNI.
def product_int8(x: Tensor, w: __torch__.torch.classes.quantized.LinearPackedParamsBase) -> Tensor:
  return ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, 1. / 63., 64, w)


# Turns pairs (N, heads, D / 2) to their positions, in place. Complex numbers are multiplied with other roundings at the
# end of a run than within it, and from 32,768 numbers on libtorch cuts them into runs for its threads, wherever that
# may be: so rows are taken in parts that it leaves whole, or a row's numbers would depend on its company.
def turn_pairs(pairs: Tensor, turn: Tensor) -> NoneType:
  rows = max(1, 32767 // (pairs.size(1) * pairs.size(2)))
  if pairs.size(0) <= rows:
    _w = pairs.mul_(turn)
  else:
    turns = torch.split(turn, rows)
    parts = torch.split(pairs, rows)
    for i in range(len(parts)):
      _p = parts[i].mul_(turns[i])
  return None


# The gated unit in place: what it returns is the first half of what it is given.
def gated_in_place(gate_up: Tensor) -> Tensor:
  gate, up = torch.chunk(gate_up, 2, -1)
  return torch.silu_(gate).mul_(up)


# Inference: the weights, packed or not, and the cache arena live in here, so that one call runs one
# step for all sequences. Matrices are numbered as they are added: 4 i to 4 i + 3 are query/key/value,
# output, gate/up and down of layer i, 4 L the head.
class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  precision : int      # 32: plain f32; 16: packed fp16; 8: packed int8
  Q : int
  K : int
  D : int
  eps : float
  frequencies : List[float]   # D / 2
  amplitude : float
  window : int                # 0: none
  windowed : List[int]
  still : List[int]
  embedding : List[Tensor]    # one (V, H)
  norms : List[Tensor]        # two a layer, then the last one, for `lean_norm`
  qk_norms : List[Tensor]     # (D) query, key, two a layer (Qwen3), for the same
  least : List[Tensor]        # what `lean_norm` takes, for rows of H and of D
  qkv_bias : List[Tensor]     # one a layer (Qwen2)
  output_bias : List[Tensor]  # one a layer
  mlp_bias : List[Tensor]     # gate and up, down, two a layer
  dense : List[Tensor]
  packed : List[__torch__.torch.classes.quantized.LinearPackedParamsBase]
  cache : List[Tensor]        # one (L, 2 K, T, D): of each layer its keys, then its values, see `open`
  slabs : List[Tensor]        # a layer's part of it, a view (2 K T, D) each
  tables : List[Tensor]       # what turns a head to each position, complex (positions, D / 2), see `open`

  # Rows of queries, keys and values, or of one head, so that those lie side by side which turn together: `step` turns
  # them as complex numbers.
  def paired(self: __torch__.Decoder, w: Tensor, heads: int) -> Tensor:
    n = heads * self.D
    columns = w.numel() // w.size(0)
    turning = w[:n].reshape([heads, 2, self.D // 2, columns]).transpose(1, 2).reshape([n, columns])
    return torch.cat([turning, w[n:].view(-1, columns)], 0).view(w.size())

  # Adds a weight. `kind` is embedding, norm, qk_norm, qkv_bias, output_bias, mlp_bias, matrix, head or
  # tied, which is a head that is the embedding again. A tensor of bf16 comes in with its bits in a
  # tensor of f16, because DJL can't make the former.
  def add(self: __torch__.Decoder, kind: str, parts: List[Tensor], is_bf16: bool) -> NoneType:
    if kind == "tied" and self.precision == 32:
      self.dense.append(self.embedding[0])
      return None
    values : List[Tensor] = []
    for part in parts:
      if is_bf16:
        values.append(torch.view_copy(part, dtype=15).to(6))
      else:
        values.append(part.to(6, False, True))
    w = values[0]
    if len(values) > 1:
      w = torch.cat(values, 0)
    if kind == "matrix" or kind == "head" or kind == "tied":
      if kind == "matrix" and (len(self.packed) + len(self.dense)) % 4 == 0:
        w = self.paired(w, self.Q + self.K)
      if self.precision == 16:
        self.packed.append(ops.quantized.linear_prepack_fp16(w, None))
      elif self.precision == 8:
        self.packed.append(__torch__.pack_int8(w))
      else:
        self.dense.append(w)
    elif kind == "norm":
      self.norms.append(w * w.numel() ** 0.5)
    elif kind == "qk_norm":
      self.qk_norms.append(self.paired(w, 1) * self.D ** 0.5)
    elif kind == "qkv_bias":
      self.qkv_bias.append(self.paired(w, self.Q + self.K))
    elif kind == "output_bias":
      self.output_bias.append(w)
    elif kind == "mlp_bias":
      self.mlp_bias.append(w)
    elif self.precision == 32:
      self.embedding.append(w)
    else:
      self.embedding.append(w.to(5))
    return None

  # Makes the arena of at least T tokens and the rotary tables of all positions. Values lie in it token by
  # token. Keys lie in blocks of D tokens, each of which is a matrix of dimensions by tokens: element d of the
  # key of place s is in row s - s % D + d, column s % D. Queries and keys are turned with the fourth root of 1 / D, so
  # that their products come scaled.
  def open(self: __torch__.Decoder, T: int, positions: int) -> NoneType:
    L = len(self.norms) // 2
    D = self.D
    arena = torch.zeros([L, 2 * self.K, (T + D - 1) // D * D, D], dtype=6)
    self.cache.append(arena)
    for slab in torch.unbind(arena.view(L, -1, D), 0):
      self.slabs.append(slab)
    for n in [self.norms[-1].numel(), D]:
      self.least.append(torch.full([1, 1], (n * self.eps) ** 0.5, dtype=6))
    angle = torch.arange(positions, dtype=7).unsqueeze(1) * torch.tensor(self.frequencies, dtype=7)
    self.tables.append(torch.polar(torch.full_like(angle, self.amplitude * D ** -0.25), angle).to(9))
    self.tables.append(torch.full([1, 1, D // 2], D ** -0.25, dtype=9))
    return None

  # Where the elements of the keys (n, K, D) of n places lie in a layer's part of the arena.
  def key_places(self: __torch__.Decoder, slots: Tensor) -> Tensor:
    D = self.D
    T = self.cache[0].size(2)
    column = torch.remainder(slots, D)
    rows = torch.arange(self.K).mul(T).view(1, -1, 1) + torch.arange(D) + (slots - column).view(-1, 1, 1)
    return rows * D + column.view(-1, 1, 1)

  # Where the elements of keys and values (n, 2 K, D) of n places lie, one after another.
  def places(self: __torch__.Decoder, slots: Tensor) -> Tensor:
    D = self.D
    T = self.cache[0].size(2)
    rows = torch.arange(self.K, 2 * self.K).mul(T).view(1, -1, 1) + slots.view(-1, 1, 1)
    return torch.cat([self.key_places(slots), rows * D + torch.arange(D)], 1).view(-1)

  # Moves n tokens of the cache; the ranges may overlap.
  def copy(self: __torch__.Decoder, source: int, target: int, n: int) -> NoneType:
    arena = self.cache[0]
    values = arena[:, self.K:, source:source + n].clone()
    _v = arena[:, self.K:, target:target + n].copy_(values)
    flat = arena.view(arena.size(0), -1)
    keys = torch.index_select(flat, 1, self.key_places(torch.arange(source, source + n)).view(-1))
    _k = flat.index_copy_(1, self.key_places(torch.arange(target, target + n)).view(-1), keys)
    return None

  def product(self: __torch__.Decoder, x: Tensor, i: int) -> Tensor:
    if self.precision == 16:
      return ops.quantized.linear_dynamic_fp16(x, self.packed[i])
    elif self.precision == 8:
      size = __torch__.largest(x)
      return __torch__.product_int8(x / size, self.packed[i]).mul_(size)
    else:
      return torch.linear(x, self.dense[i])

  # The product of what norm j makes of x. In int8 a row's length and its largest number give one factor.
  def normed_product(self: __torch__.Decoder, x: Tensor, j: int, i: int) -> Tensor:
    if self.precision == 8:
      y = x * self.norms[j]
      size = __torch__.largest(y)
      factor = size / torch.hypot(torch.linalg_vector_norm(x, 2, [-1], True), self.least[0])
      return __torch__.product_int8(y.div_(size), self.packed[i]).mul_(factor)
    else:
      return self.product(__torch__.lean_norm(x, self.norms[j], self.least[0]), i)

  # What each span of more than one token sees. Spans of one sequence that follow one another share a copy of its
  # keys: the first of them has the keys (K, b, D, D) in all layers and then the values (K, t, D) in all. Each has its
  # mask for `attend_block`, and that of layers with a window if there are any. Nothing for a single token. A span is
  # (start in the arena, first position, count).
  def views(self: __torch__.Decoder, spans: List[int]) -> List[List[Tensor]]:
    all : List[List[Tensor]] = []
    K = self.K
    D = self.D
    L = len(self.slabs)
    arena = self.cache[0]
    keys = arena[:, :K].view(L, K, -1, D, D)
    count = len(spans) // 3
    for j in range(count):
      start = spans[3 * j]
      before = spans[3 * j + 1]
      n = spans[3 * j + 2]
      view : List[Tensor] = []
      if n > 1:
        view.append(__torch__.causal(before, n, before, 0).unsqueeze(1))
        if self.window > 0:
          view.append(__torch__.causal(before, n, self.low(before), self.window).unsqueeze(1))
        if not self.follows(spans, j):
          last = j
          while last + 1 < count and self.follows(spans, last + 1):
            last = last + 1
          end = start + spans[3 * last + 1] + spans[3 * last + 2]
          blocks = (end - 1) // D + 1
          seen = torch.unbind(keys[:, :, start // D:blocks], 0)
          seen.extend(torch.unbind(arena[:, K:, start:end], 0))
          if self.window > 0:
            low = self.low(before)
            for i in range(L):
              if self.windowed[i] == 1:
                seen[i] = torch.select(keys, 0, i)[:, (start + low) // D:blocks]
                seen[L + i] = seen[L + i][:, low:]
          view.extend(seen)
      all.append(view)
    return all

  # Whether a span goes on where the one before it, of more than one token too, ends.
  def follows(self: __torch__.Decoder, spans: List[int], j: int) -> bool:
    if j == 0 or spans[3 * j + 2] == 1 or spans[3 * j - 1] == 1 or spans[3 * j] != spans[3 * j - 3]:
      return False
    return spans[3 * j + 1] == spans[3 * j - 2] + spans[3 * j - 1]

  # The first position that is seen from a position through a window.
  def low(self: __torch__.Decoder, position: int) -> int:
    return max(0, position + 1 - self.window)

  # Of the single tokens the rows in the step, the first places of the arena that they see, the last ones, and the
  # first ones through a window.
  def reach(self: __torch__.Decoder, spans: List[int]) -> Tuple[List[int], List[int], List[int], List[int]]:
    rows : List[int] = []
    first : List[int] = []
    last : List[int] = []
    low : List[int] = []
    row = 0
    for j in range(len(spans) // 3):
      if spans[3 * j + 2] == 1:
        rows.append(row)
        first.append(spans[3 * j])
        last.append(spans[3 * j] + spans[3 * j + 1])
        low.append(spans[3 * j] + self.low(spans[3 * j + 1]))
      row = row + spans[3 * j + 2]
    return (rows, first, last, low)

  # Queries (N, Q, D) of the spans of more than one token against what these see, layer i, into `mixed` (N, Q, D).
  # Each span is computed by itself, so that its numbers do not depend on who else is in the batch, and so that no
  # keys are padded. Rows beyond the spans are padding.
  def attend_spans(self: __torch__.Decoder, queries: Tensor, mixed: Tensor, spans: List[int], views: List[List[Tensor]], i: int) -> NoneType:
    L = len(self.slabs)
    K = self.K
    D = self.D
    windowed = self.window > 0 and self.windowed[i] == 1
    masks = 1
    if self.window > 0:
      masks = 2
    k = queries
    v = queries
    begin = 0
    row = 0
    for j in range(len(views)):
      n = spans[3 * j + 2]
      if n > 1:
        view = views[j]
        low = 0
        mask = view[0]
        if windowed:
          low = self.low(spans[3 * j + 1])
          mask = view[1]
        if len(view) > masks:
          begin = low
          k = view[masks + i].transpose(1, 2).reshape([K, D, -1])[:, :, (spans[3 * j] + low) % D:]
          v = view[masks + L + i]
        a = low - begin
        b = spans[3 * j + 1] + n - begin
        __torch__.attend_block(queries[row:row + n], k[:, :, a:b], v[:, a:b], mask, mixed[row:row + n])
      row = row + n
    return None

  # One step. The rows of `fields` (4, N) are the tokens' ids, positions, slots (places in the arena)
  # and adapters; `wanted` are the R tokens whose logits are wanted. Returns logits (R, V) and the most
  # likely ids (R), or nothing if R is 0.
  def step(self: __torch__.Decoder, fields: Tensor, wanted: List[int], spans: List[int]) -> List[Tensor]:
    ids, positions, slots, adapters = torch.unbind(fields, 0)
    N = fields.size(1)
    Q = self.Q
    QK = Q + self.K
    D = self.D
    turn = torch.index_select(self.tables[0], 0, positions).unsqueeze(1)
    views = self.views(spans)
    rows, first, last, low = self.reach(spans)
    T = self.cache[0].size(2)
    bags : List[Tensor] = []
    near : List[Tensor] = []
    if len(rows) > 0:
      bags = __torch__.bags(rows, first, last, T, Q, self.K, D)
      if self.window > 0:
        near = __torch__.bags(rows, low, last, T, Q, self.K, D)
    places = self.places(slots)
    mixed = torch.zeros([0], dtype=6)
    if len(rows) < N:
      mixed = torch.zeros([N, Q, D], dtype=6)
    x = torch.embedding(self.embedding[0], ids).to(6)
    for i in range(len(self.slabs)):
      qkv = self.normed_product(x, 2 * i, 4 * i)
      if len(self.qkv_bias) > 0:
        _q = qkv.add_(self.qkv_bias[i])
      heads = qkv.view(-1, QK + self.K, D)
      if len(self.qk_norms) > 0:
        q = __torch__.lean_norm(heads[:, :Q], self.qk_norms[2 * i], self.least[1])
        k = __torch__.lean_norm(heads[:, Q:QK], self.qk_norms[2 * i + 1], self.least[1])
        heads = torch.cat([q, k, heads[:, QK:]], 1)
      pairs = torch.view_as_complex(heads.view(-1, QK + self.K, D // 2, 2))[:, :QK]
      if len(self.still) > 0 and self.still[i] == 1:
        __torch__.turn_pairs(pairs, self.tables[1].expand([N, 1, D // 2]))
      else:
        __torch__.turn_pairs(pairs, turn)
      slab = self.slabs[i]
      _k = slab.view(-1).scatter_(0, places, heads[:, Q:].reshape([-1]))
      y = mixed
      if len(rows) > 0:
        if self.window > 0 and self.windowed[i] == 1:
          y = __torch__.attend_bags(heads, Q, slab, near, low, last)
        else:
          y = __torch__.attend_bags(heads, Q, slab, bags, first, last)
      if len(rows) < N:
        if len(rows) > 0:
          _o = mixed.index_copy_(0, bags[5], y.view(-1, Q, D))
        self.attend_spans(heads[:, :Q], mixed, spans, views, i)
        y = mixed
      _p = x.add_(self.product(y.view(-1, Q * D), 4 * i + 1))
      if len(self.output_bias) > 0:
        _b = x.add_(self.output_bias[i])
      gate_up = self.normed_product(x, 2 * i + 1, 4 * i + 2)
      if len(self.mlp_bias) > 0:
        _g = gate_up.add_(self.mlp_bias[2 * i])
      _f = x.add_(self.product(__torch__.gated_in_place(gate_up), 4 * i + 3))
      if len(self.mlp_bias) > 0:
        _d = x.add_(self.mlp_bias[2 * i + 1])
    result : List[Tensor] = []
    if len(wanted) > 0:
      x = torch.index_select(x, 0, torch.tensor(wanted))
      logits = self.normed_product(x, len(self.norms) - 1, 4 * len(self.slabs))
      result = [logits, torch.argmax(logits, 1)]
    return result


# Turns heads (N, heads, 2, D / 2) to their positions, in place; the tables are (N, 1, 2, D / 2). As
# `rope`, in three kernels. The tables are f32 and so is what is computed: one rounding at the end.
def rope_in_place(x: Tensor, cos: Tensor, sin: Tensor) -> NoneType:
  _ = torch.addcmul(x * cos, torch.flip(x, [2]), sin, out=x)
  return None


# Attention of ragged queries q (N, Q, D) over keys and values k, v (T, K, D) of a whole arena, all
# sequences in one call. `first` (B + 1) is where the rows of each sequence begin in q, then N; `start`
# (B + 1) where its range begins in the arena; `used` (B) how many tokens of the range are filled, the
# new ones with them. Flash attention (Dao, 2023) was made for keys that lie side by side, so that
# `start` would have to rise, and would tell how long each sequence is. With `used` given it reads
# nothing from `start` but where to begin: ranges may lie anywhere, in any order, with gaps.
#
# `most_rows` and `most_used` are the most rows and the most filled tokens of one sequence. With one row,
# which must then be the number of rows of every sequence, flash attention takes the query heads that
# share a key head as rows and divides long ranges among the processors. A step of answers alone says so
# whatever its contexts are: on an H200 a whole step took 2.0 instead of 5.8 ms with 8,000 tokens, 3.2
# instead of 7.4 with 32 times 4,000, and where it lost most, with twice 256, 2.1 instead of 1.9.
# `most_used` may be larger than need be, but ranges are divided by it: 8,000 said of 256 took 1.9 instead
# of 1.6 ms. `behind` is how many tokens before itself one sees, all if it is not given.
def attend_ragged(q: Tensor, k: Tensor, v: Tensor, first: Tensor, start: Tensor, used: Tensor, most_rows: int, most_used: int, behind: Optional[int]) -> Tensor:
  y, _lse, _rng, _unused, _mask = torch._flash_attention_forward(q, k, v, first, start, most_rows, most_used, 0., True, False, window_size_left=behind, seqused_k=used)
  return y


# The same without flash attention, which neither the CPU nor f32 has: one sequence after another, and
# their numbers come to the host. For comparisons, not for speed.
def attend_each(q: Tensor, k: Tensor, v: Tensor, first: Tensor, start: Tensor, used: Tensor, window: int) -> Tensor:
  K = k.size(1)
  G = q.size(1) // K
  D = q.size(2)
  out : List[Tensor] = []
  for j in range(used.size(0)):
    a = int(first[j])
    n = int(first[j + 1]) - a
    s = int(start[j])
    t = int(used[j])
    mask = __torch__.causal(t - n, n, 0, window).to(q.device, q.dtype).repeat([G, 1])
    folded = q[a:a + n].view(n, K, G, D).permute([1, 2, 0, 3]).reshape([1, K, G * n, D])
    y = torch.scaled_dot_product_attention(folded, k[s:s + t].transpose(0, 1).unsqueeze(0), v[s:s + t].transpose(0, 1).unsqueeze(0), mask)
    out.append(y.view(K, G, n, D).permute([2, 0, 1, 3]).reshape([n, K * G, D]))
  return torch.cat(out, 0)


# Inference on CUDA: weights, activations and cache in one type (bf16, f16 or f32), norms, rotation,
# softmax and sums of the products in f32. A step is launched from a few small tensors of integers that
# are on the device already; nothing in it waits for the device, so that it can be captured in a graph.
class CudaDecoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  L : int
  Q : int
  K : int
  D : int
  eps : float
  frequencies : List[float]   # D / 2
  amplitude : float
  window : int                # 0: none
  windowed : List[int]
  still : List[int]
  context : int               # most positions
  cache_tokens : int          # size of the arena unless another is asked for
  w : List[Tensor]            # in the order that stands at the top
  qk_norms : List[Tensor]     # (D) query, key, two a layer (Qwen3)
  qkv_bias : List[Tensor]     # one a layer (Qwen2)
  output_bias : List[Tensor]  # one a layer
  mlp_bias : List[Tensor]     # gate and up, down, two a layer
  cache : List[Tensor]        # one (L, T, 2 K, D): of each token its keys, then its values
  slabs : List[Tensor]        # a layer's part of it, a view (T, 2 K, D) each
  keys : List[Tensor]         # views (T, K, D) of the slabs
  values : List[Tensor]
  tables : List[Tensor]       # rotary cosine and sine of all positions, f32 (positions, 1, 2, D / 2)

  # Makes the arena, of so many tokens or, if 0, of as many as were asked for at export.
  def open(self: __torch__.CudaDecoder, tokens: int) -> NoneType:
    like = self.w[0]
    K = self.K
    T = self.cache_tokens
    if tokens > 0:
      T = tokens
    self.cache = [torch.zeros([self.L, T, 2 * K, self.D], dtype=like.dtype, device=like.device)]
    self.slabs = torch.unbind(self.cache[0], 0)
    self.keys = [slab[:, :K] for slab in self.slabs]
    self.values = [slab[:, K:] for slab in self.slabs]
    tables = __torch__.rope_tables(torch.arange(self.context), self.frequencies, self.amplitude)
    self.tables = [table.view(-1, 1, 2, self.D // 2).to(like.device) for table in tables]
    return None

  # Moves n tokens of the cache; the ranges may overlap.
  def copy(self: __torch__.CudaDecoder, source: int, target: int, n: int) -> NoneType:
    arena = self.cache[0]
    moved = arena[:, source:source + n].clone()
    _ = arena[:, target:target + n].copy_(moved)
    return None

  # One step. The rows of `fields` (3, N) are the tokens' ids, positions and slots (places in the
  # arena); those of `ranges` (3, B + 1), of 32-bit integers, are first, start and used as
  # `attend_ragged` takes them, the last of start and used being of no meaning; `wanted` (R) are the rows
  # whose logits are wanted; `most_rows` and `most_used` are what `attend_ragged` takes. Returns logits
  # (R, V) in f32 and the most likely ids (R), or nothing if R is 0.
  def step(self: __torch__.CudaDecoder, fields: Tensor, ranges: Tensor, wanted: Tensor, most_rows: int, most_used: int) -> List[Tensor]:
    ids, positions, slots = torch.unbind(fields, 0)
    first, start, filled = torch.unbind(ranges, 0)
    used = filled[:-1]
    w = self.w
    Q = self.Q
    QK = Q + self.K
    D = self.D
    eps = self.eps
    cos = torch.index_select(self.tables[0], 0, positions)
    sin = torch.index_select(self.tables[1], 0, positions)
    x = torch.embedding(w[0], ids)
    H = [x.size(1)]
    flash = x.is_cuda and x.dtype != 6
    bias : Optional[Tensor] = None
    for i in range(self.L):
      b = 2 + 6 * i
      if len(self.qkv_bias) > 0:
        bias = self.qkv_bias[i]
      heads = torch.linear(torch.rms_norm(x, H, w[b], eps), w[b + 1], bias).view(-1, QK + self.K, D)
      if len(self.qk_norms) > 0:
        q = torch.rms_norm(heads[:, :Q], [D], self.qk_norms[2 * i], eps)
        k = torch.rms_norm(heads[:, Q:QK], [D], self.qk_norms[2 * i + 1], eps)
        heads = torch.cat([q, k, heads[:, QK:]], 1)
      if len(self.still) == 0 or self.still[i] == 0:
        __torch__.rope_in_place(heads.view(-1, QK + self.K, 2, D // 2)[:, :QK], cos, sin)
      _ = self.slabs[i].index_copy_(0, slots, heads[:, Q:])
      window = 0
      behind : Optional[int] = None
      if self.window > 0 and self.windowed[i] == 1:
        window = self.window
        behind = window - 1
      if flash:
        y = __torch__.attend_ragged(heads[:, :Q], self.keys[i], self.values[i], first, start, used, most_rows, most_used, behind)
      else:
        y = __torch__.attend_each(heads[:, :Q], self.keys[i], self.values[i], first, start, used, window)
      # Sums into the residual stream cost nothing within the product.
      _ = x.addmm_(y.view(-1, Q * D), torch.t(w[b + 2]))
      if len(self.output_bias) > 0:
        _ = x.add_(self.output_bias[i])
      up_bias : Optional[Tensor] = None
      if len(self.mlp_bias) > 0:
        up_bias = self.mlp_bias[2 * i]
      gate_up = torch.linear(torch.rms_norm(x, H, w[b + 3], eps), w[b + 4], up_bias)
      _ = x.addmm_(__torch__.gated(gate_up), torch.t(w[b + 5]))
      if len(self.mlp_bias) > 0:
        _ = x.add_(self.mlp_bias[2 * i + 1])
    result : List[Tensor] = []
    if wanted.size(0) > 0:
      head = w[0]
      if len(w) > 2 + 6 * self.L:
        head = w[-1]
      x = torch.index_select(x, 0, wanted)
      logits = torch.linear(torch.rms_norm(x, H, w[1], eps), head).to(6)
      result = [logits, torch.argmax(logits, 1)]
    return result

  # Where the host writes what `answers` is told, (6, n + 1), and where it finds the n ids. The device
  # reads and writes there by itself.
  def letters(self: __torch__.CudaDecoder, n: int) -> List[Tensor]:
    pinned = self.w[0].is_cuda
    return [torch.zeros([6, n + 1], dtype=4, pin_memory=pinned), torch.zeros([n], dtype=4, pin_memory=pinned)]

  # Where `answers` leaves the logits of up to n rows.
  def room(self: __torch__.CudaDecoder, n: int) -> List[Tensor]:
    return [torch.zeros([n, self.w[0].size(0)], dtype=6, device=self.w[0].device)]

  # The host's memory for the logits of n rows, written by the device itself.
  def rows(self: __torch__.CudaDecoder, n: int) -> List[Tensor]:
    return [torch.zeros([n, self.w[0].size(0)], dtype=6, pin_memory=self.w[0].is_cuda)]

  # Brings the first n rows of logits there, and waits for them.
  def fetch(self: __torch__.CudaDecoder, logits: Tensor, rows: Tensor, n: int) -> NoneType:
    _ = rows[:n].copy_(logits[:n])
    return None

  # A step in which each of n sequences has one token, with nothing of the host in it that could be
  # another the next time: so it can be recorded once and replayed. The rows of `told` are the three of
  # `fields`, then the three of `ranges`; the last column counts in the fourth row alone. The fourth row
  # is 0, 1, 2 ..., and so the rows whose logits are wanted.
  def answers(self: __torch__.CudaDecoder, told: Tensor, ids: Tensor, logits: Tensor, most_used: int) -> NoneType:
    n = ids.size(0)
    given = told.to(self.w[0].device, non_blocking=True)
    result = self.step(given[:3, :n], given[3:].to(3), given[3, :n], 1, most_used)
    _l = logits[:n].copy_(result[0])
    _i = ids.copy_(result[1], True)
    return None

  # Brings fields and ranges of a step in which each sequence wrote one token to the step after it, in
  # place and on the device: greedy answers go on without the host.
  def advance(self: __torch__.CudaDecoder, fields: Tensor, ranges: Tensor, ids: Tensor) -> NoneType:
    _i = fields[0].copy_(ids)
    _p = fields[1:].add_(1)
    _u = ranges[2].add_(1)
    return None
