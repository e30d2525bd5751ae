# The network, once, for inference on the CPU (Decoder), for inference on CUDA (CudaDecoder) and for
# training: decoders of the Llama family.
#
# This text is TorchScript source. The engine packs it into an archive when a model is loaded or
# exported and hands it to libtorch; no Python runs anywhere. Shapes are given as (rows, dim):
#   N  new tokens of a step, of all sequences one after another    T  tokens of the cache arena
#   B  sequences that take part in a step; on the CPU places of a block, see `open`    R  tokens whose logits are wanted    V  vocabulary
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


# Root mean square norm (Zhang and Sennrich, 2019), written out for training.
def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
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


# The gated unit between the two products of the feed-forward part (Shazeer, 2020).
def gated(gate_up: Tensor) -> Tensor:
  gate, up = torch.chunk(gate_up, 2, -1)
  return torch.silu(gate) * up


# A matrix as int8 with a scale for each row of it.
def pack_int8(w: Tensor) -> __torch__.torch.classes.quantized.LinearPackedParamsBase:
  scales = torch.clamp(torch.amax(torch.abs(w), [1]), 1e-12) / 127.
  q = torch.quantize_per_channel(w, scales, torch.zeros_like(scales, dtype=4), 0, 12)
  return ops.quantized.linear_prepack(q, None)


# Products of int8 with rows whose numbers are -1 to 1: so all have the same scale in every batch. One that is chosen
# for a whole batch lets a row with large numbers blur all others. 7 bits, since 8 overflow without VNNI.
def product_int8(x: Tensor, w: __torch__.torch.classes.quantized.LinearPackedParamsBase) -> Tensor:
  return ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, 1. / 63., 64, w)


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
  block : int                 # places of the arena whose keys lie together, see `open`
  norms : List[Tensor]        # two a layer, then the last one, times the square root of H
  qk_norms : List[Tensor]     # (D) query, key, two a layer (Qwen3), times that of D
  qkv_bias : List[Tensor]     # one a layer (Qwen2)
  output_bias : List[Tensor]  # one a layer
  mlp_bias : List[Tensor]     # gate and up, down, two a layer
  dense : List[Tensor]
  packed : List[__torch__.torch.classes.quantized.LinearPackedParamsBase]
  cache : List[Tensor]        # one (L, 2 K, T, D): of each layer its keys, then its values, see `open`
  slabs : List[Tensor]        # a layer's part of it, a view (2 K, T, D) each
  scales : List[Tensor]       # of a layer's keys and values (2 K, T), or nothing, see `open`
  tables : List[Tensor]       # what turns a head to each position (positions, D), and what does not, see `open`
  nothing : List[Tensor]      # one, without numbers: a bias or a norm that there is not

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
      if self.precision == 16:
        self.packed.append(ops.quantized.linear_prepack_fp16(w, None))
      elif self.precision == 8:
        self.packed.append(__torch__.pack_int8(w))
      else:
        self.dense.append(w)
    elif kind == "norm":
      self.norms.append(w * w.numel() ** 0.5)
    elif kind == "qk_norm":
      self.qk_norms.append(w * self.D ** 0.5)
    elif kind == "qkv_bias":
      self.qkv_bias.append(w)
    elif kind == "output_bias":
      self.output_bias.append(w)
    elif kind == "mlp_bias":
      self.mlp_bias.append(w)
    elif self.precision == 32:
      self.embedding.append(w)
    else:
      self.embedding.append(w.to(5))
    return None

  # Makes the arena of at least T tokens and the rotary tables of all positions: cosines, then sines. Values lie in the
  # arena token by token. Keys lie in blocks of B tokens, each of which is a matrix of dimensions by tokens: element d
  # of the key of place s is in row d, column s % B of block s // B. They are f32 in f32, else whole numbers of 16 bits
  # with a scale for each key and each value. Queries and keys are turned with the fourth root of 1 / D, so that their
  # products come scaled.
  def open(self: __torch__.Decoder, T: int, positions: int) -> NoneType:
    L = len(self.norms) // 2
    D = self.D
    B = self.block
    self.nothing.append(torch.zeros([0], dtype=6))
    size = [L, 2 * self.K, (T + B - 1) // B * B]
    if self.precision == 32:
      self.cache.append(torch.zeros(size + [D], dtype=6))
      for i in range(L):
        self.scales.append(self.nothing[0])
    else:
      self.cache.append(torch.zeros(size + [D], dtype=2))
      self.scales.extend(torch.unbind(torch.zeros(size, dtype=6), 0))
    self.slabs.extend(torch.unbind(self.cache[0], 0))
    for list in [self.qkv_bias, self.output_bias, self.mlp_bias, self.qk_norms]:
      if len(list) == 0:
        for i in range(2 * L):
          list.append(self.nothing[0])
    angle = torch.arange(positions, dtype=7).unsqueeze(1) * torch.tensor(self.frequencies, dtype=7)
    scale = self.amplitude * D ** -0.25
    self.tables.append(torch.cat([torch.cos(angle) * scale, torch.sin(angle) * scale], 1).to(6))
    still = torch.zeros([1, D], dtype=6)
    _s = still[:, :D // 2].fill_(D ** -0.25)
    self.tables.append(still)
    return None

  # Where the elements of the keys (n, K, D) of n places lie in a layer's part of the arena.
  def key_places(self: __torch__.Decoder, slots: Tensor) -> Tensor:
    B = self.block
    column = torch.remainder(slots, B).view(-1, 1, 1)
    block = torch.arange(self.K).mul(self.cache[0].size(2)).view(1, -1, 1) + slots.view(-1, 1, 1) - column
    return block * self.D + torch.arange(self.D).mul(B) + column

  # Moves n tokens of the cache; the ranges may overlap.
  def copy(self: __torch__.Decoder, source: int, target: int, n: int) -> NoneType:
    arena = self.cache[0]
    values = arena[:, self.K:, source:source + n].clone()
    _v = arena[:, self.K:, target:target + n].copy_(values)
    flat = arena.view(arena.size(0), -1)
    keys = torch.index_select(flat, 1, self.key_places(torch.arange(source, source + n)).view(-1))
    _k = flat.index_copy_(1, self.key_places(torch.arange(target, target + n)).view(-1), keys)
    if self.precision != 32:
      for scales in self.scales:
        moved = scales[:, source:source + n].clone()
        _s = scales[:, target:target + n].copy_(moved)
    return None

  # A product of rows, which are -1 to 1 in int8.
  def product(self: __torch__.Decoder, x: Tensor, i: int) -> Tensor:
    if self.precision == 16:
      return ops.quantized.linear_dynamic_fp16(x, self.packed[i])
    elif self.precision == 8:
      return __torch__.product_int8(x, self.packed[i])
    else:
      return torch.linear(x, self.dense[i])

  # One step. The rows of `fields` (5, N) are the tokens' ids, positions, slots (places in the arena), the first places of
  # their sequences there, and adapters; `wanted` are the R tokens whose logits are wanted. Returns logits (R, V) and the
  # most likely ids (R), or nothing if R is 0. What lies between the products is done by the engine's own operators
  # (`Kernels`), in place: `y`, `z` and `mixed` are what the products take. A token sees all that its sequence has before
  # it, tokens of the same step too, and itself.
  def step(self: __torch__.Decoder, fields: Tensor, wanted: List[int]) -> List[Tensor]:
    ids, positions, slots, starts, adapters = torch.unbind(fields, 0)
    N = fields.size(1)
    heads = self.Q + 2 * self.K
    L = len(self.slabs)
    H = self.norms[0].numel()
    least = (H * self.eps) ** 0.5
    least_of_head = (self.D * self.eps) ** 0.5
    sized = 0
    if self.precision == 8:
      sized = 1
    x = torch.embedding(self.embedding[0], ids).to(6)
    y = torch.empty([N, H], dtype=6)
    z = torch.empty([0], dtype=6)
    size = torch.empty([N, 1], dtype=6)
    mixed = torch.empty([N, self.Q * self.D], dtype=6)
    unturned = torch.zeros_like(positions)
    ops.atrium.norm(x, self.norms[0], y, size, least, sized)
    for i in range(L):
      qkv = self.product(y, 4 * i).view(N, heads, self.D)
      turns = self.tables[0]
      turned = positions
      if len(self.still) > 0 and self.still[i] == 1:
        turns = self.tables[1]
        turned = unturned
      window = 0
      if self.window > 0 and self.windowed[i] == 1:
        window = self.window
      bias = self.qkv_bias[i]
      q_norm = self.qk_norms[2 * i]
      k_norm = self.qk_norms[2 * i + 1]
      ops.atrium.attend(qkv, size, bias, q_norm, k_norm, turns, turned, slots, self.slabs[i], self.scales[i], starts, mixed, least_of_head, window, sized)
      ops.atrium.join(x, self.product(mixed, 4 * i + 1), size, self.output_bias[i], self.norms[2 * i + 1], y, least, sized)
      gate_up = self.product(y, 4 * i + 2)
      if i == 0:
        z = torch.empty([N, gate_up.size(1) // 2], dtype=6)
      ops.atrium.gate(gate_up, size, self.mlp_bias[2 * i], z, sized)
      next = self.nothing[0]
      if i + 1 < L:
        next = self.norms[2 * i + 2]
      ops.atrium.join(x, self.product(z, 4 * i + 3), size, self.mlp_bias[2 * i + 1], next, y, least, sized)
    result : List[Tensor] = []
    R = len(wanted)
    if R > 0:
      x = torch.index_select(x, 0, torch.tensor(wanted))
      y = torch.empty([R, H], dtype=6)
      size = torch.empty([R, 1], dtype=6)
      ops.atrium.norm(x, self.norms[-1], y, size, least, sized)
      logits = self.product(y, 4 * L)
      likeliest = torch.empty([logits.size(0)], dtype=4)
      ops.atrium.likeliest(logits, size, likeliest, sized)
      result = [logits, likeliest]
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
