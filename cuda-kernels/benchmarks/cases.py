"""What is timed: an operation of ours, the bytes that it must move, and PyTorch's ways of doing the same on the same data.

Each case has several sets of buffers that together exceed the L2 cache, so that every run finds its data in DRAM ("cold")."""
from ctypes import byref, c_double
from functools import partial

from library import (BF16, BLOCKS, F8_E4M3, F16, F32, Q4_0, Q4_K, Q6_K, Q8_0, AttentionSettings, Batch, KvCache, KvSpan, LinearPart, Model, Rope, Weight)

NAMES = {F32: "f32", F16: "f16", BF16: "bf16", F8_E4M3: "f8_e4m3", Q8_0: "q8_0", Q4_0: "q4_0", Q4_K: "q4_k", Q6_K: "q6_k"}
COLD = 256 << 20  # bytes of all sets of a case: several times the largest L2


class Case:
    """bytes: what the mathematics needs to move; runs: name -> list of functions, one for each set of buffers. The first is ours."""

    def __init__(self, name, size, runs, keep):
        self.name, self.bytes, self.runs, self.keep = name, size, runs, keep


def sets(size, small):
    return 1 if small else max(1, min(64, COLD // max(1, size) + 1))


def copy(memory, library, small):
    size = 1 << (16 if small else 28)
    pairs = [(memory.bytes(size), memory.bytes(size)) for _ in range(1 if small else 4)]
    ours = [partial(library.call, "wz_cuda_copy", memory.address(a), memory.address(b), size, memory.stream) for a, b in pairs]
    return Case(f"copy {size >> 20} MiB", 2 * size, {"wootz": ours}, pairs)


def linear(memory, library, small, rows, cols, dtype, m):
    torch = getattr(memory, "torch", None)
    if small:
        rows, cols = min(rows, 64), min(cols, 512)
    block, elements = BLOCKS[dtype]
    weight_bytes = rows * cols // elements * block
    packed = dtype in (Q8_0, Q4_0, Q4_K, Q6_K)
    ours, theirs, keep = [], [], []
    x = memory.floats(m, cols)
    out = memory.floats(m, rows)
    scratch = memory.zeros(library.c.wz_cuda_linear_scratch(m, cols))
    for _ in range(sets(weight_bytes, small)):
        raw = memory.bytes(weight_bytes)
        data = raw
        if packed:
            data = memory.zeros(library.packed_bytes(dtype, rows, cols))
            library.call("wz_cuda_pack", memory.address(data), memory.address(raw), dtype, rows, cols, memory.stream)
        part = LinearPart(Weight(memory.address(data), dtype, 1 if packed else 0, rows, cols), None, memory.address(out), rows, 0)
        ours.append(partial(library.call, "wz_cuda_linear", byref(part), 1, memory.address(x), cols, m, memory.address(scratch), memory.stream))
        keep += [raw, data, part]
        if torch:
            w = torch.randn(rows, cols, device="cuda", dtype=torch.bfloat16)
            theirs.append(partial(torch.nn.functional.linear, x.to(torch.bfloat16), w))
            keep.append(w)
    runs = {"wootz": ours}
    if torch:
        runs["torch F.linear, bf16"] = theirs
    return Case(f"linear {NAMES[dtype]} [{rows}, {cols}], m {m}", weight_bytes + 4 * m * (rows + cols), runs, keep + [x, out, scratch])


def attention(memory, library, small, heads, kv_heads, sequences, context, dtype):
    torch = getattr(memory, "torch", None)
    dim, page = 128, 64
    if small:
        sequences, context = min(sequences, 2), min(context, 600)
    pages_each = -(-context // page)
    pages = pages_each * sequences
    element = {BF16: 2, F16: 2, F8_E4M3: 1}[dtype]
    cache_bytes = pages * kv_heads * page * dim * element
    order = list(range(pages))
    import random
    random.Random(7).shuffle(order)
    begin, positions = memory.ints(list(range(sequences + 1))), memory.ints([context - 1] * sequences)
    tables = memory.ints(order)
    q, out = memory.floats(sequences, heads, dim), memory.floats(sequences, heads, dim)
    scratch = memory.zeros(library.c.wz_cuda_attention_scratch(sequences, heads, dim, context))
    settings = AttentionSettings(heads, dim ** -0.5, 0, 0, None)
    batch = Batch(sequences, sequences, memory.address(begin), memory.address(positions), memory.address(tables), pages_each)
    ours, sdpa, keep = [], [], []
    for _ in range(sets(2 * cache_bytes, small)):
        keys, values = memory.zeros(cache_bytes), memory.zeros(cache_bytes)
        cache = KvCache(memory.address(keys), memory.address(values), dtype, pages, page, kv_heads, dim)
        ours.append(partial(library.call, "wz_cuda_attention", memory.address(out), memory.address(q), byref(settings), byref(batch), byref(cache),
                            memory.address(scratch), context, memory.stream))
        keep += [keys, values, cache]
        if torch and dtype != F8_E4M3:
            kind = {BF16: torch.bfloat16, F16: torch.float16}[dtype]
            k, v = (torch.randn(sequences, kv_heads, context, dim, device="cuda", dtype=kind) for _ in range(2))
            keys.view(kind).copy_(torch.randn(cache_bytes // 2, device="cuda", dtype=kind))
            values.view(kind).copy_(torch.randn(cache_bytes // 2, device="cuda", dtype=kind))
            sdpa.append(partial(torch.nn.functional.scaled_dot_product_attention, q.to(kind).unsqueeze(2), k, v, enable_gqa=True))
            keep += [k, v]
    runs = {"wootz, paged": ours}
    if sdpa:
        runs["torch SDPA on contiguous K and V"] = sdpa
    name = f"decode attention {heads}/{kv_heads} heads, {sequences} x {context}, {NAMES[dtype]}"
    return Case(name, 2 * sequences * context * kv_heads * dim * element, runs, keep + [begin, positions, tables, q, out, scratch, settings, batch])


def rms_norm(memory, library, small, rows, cols):
    torch = getattr(memory, "torch", None)
    size = 8 * rows * cols
    weight = memory.floats(cols)
    ours, theirs, keep = [], [], []
    for _ in range(sets(size, small)):
        x, out = memory.floats(rows, cols), memory.floats(rows, cols)
        ours.append(partial(library.call, "wz_cuda_rms_norm", memory.address(out), memory.address(x), None, memory.address(weight), 1e-6, rows, cols,
                            memory.stream))
        keep += [x, out]
        if torch:
            theirs.append(partial(torch.nn.functional.rms_norm, x, (cols,), weight, 1e-6))
    runs = {"wootz": ours}
    if torch:
        runs["torch F.rms_norm"] = theirs
    return Case(f"rms_norm [{rows}, {cols}] f32", size, runs, keep + [weight])


def shift(memory, library, small, tokens):
    """Keys of all layers of Qwen3-4B turned where they are: each is read and written once."""
    layers, kv_heads, dim, page = (2 if small else 36), 8, 128, 64
    tokens = min(tokens, 128) if small else tokens
    pages = tokens // page
    one = pages * kv_heads * page * dim * 2
    buffers = [(memory.zeros(one), memory.zeros(one)) for _ in range(layers)]
    caches = (KvCache * layers)(*[KvCache(memory.address(k), memory.address(v), BF16, pages, page, kv_heads, dim) for k, v in buffers])
    table = memory.ints(list(range(pages)))
    turn = memory.floats(2 * (dim // 2))
    rope, span = Rope(memory.address(turn), dim, 0), KvSpan(memory.address(table), pages, 0)
    run = partial(library.call, "wz_cuda_kv_move", caches, layers, byref(span), byref(span), tokens, byref(rope), None, memory.stream)
    return Case(f"keys of {tokens} tokens turned, {layers} layers, bf16", 2 * layers * one, {"wootz": [run]}, [buffers, caches, table, turn, rope, span])


def merge(memory, library, small, models, n):
    torch = getattr(memory, "torch", None)
    n = 4096 if small else n
    x = [memory.zeros(2 * n) for _ in range(models)]
    out = memory.zeros(2 * n)
    described = (Model * models)(*[Model(memory.address(t), BF16) for t in x])
    weights = (c_double * models)(*[1 / models] * models)
    ours = partial(library.call, "wz_cuda_merge_linear", memory.address(out), BF16, described, models, None, weights, 1.0, 0, n, memory.stream)
    runs = {"wootz": [ours]}
    if torch:
        tensors = [t.view(torch.bfloat16) for t in x]
        runs["torch, mergekit's formula in float32"] = [lambda: sum(t.float() * (1 / models) for t in tensors).bfloat16()]
    return Case(f"merge linear of {models}, {n} x bf16", 2 * n * (models + 1), runs, [x, out, described, weights])


def all_cases(memory, library, small):
    """Shapes of Qwen3-0.6B (hidden 1024, heads 16/8, feed-forward 3072) and 4B (2560, 32/8, 9728)."""
    yield copy(memory, library, small)
    for rows, cols in ((6144, 1024), (1024, 3072), (19456, 2560), (2560, 9728), (151936, 2560)):
        for dtype in (BF16, Q8_0, Q4_0, Q4_K):
            for m in (1, 8, 32):
                yield linear(memory, library, small, rows, cols, dtype, m)
    for heads, kv_heads in ((16, 8), (32, 8)):
        for sequences, context in ((1, 4096), (1, 32768), (8, 4096), (8, 32768), (32, 4096)):
            for dtype in (BF16, F8_E4M3):
                yield attention(memory, library, small, heads, kv_heads, sequences, context, dtype)
    for rows in (1, 32, 4096):
        yield rms_norm(memory, library, small, rows, 2560)
    yield shift(memory, library, small, 32768)
    yield merge(memory, library, small, 3, 1 << 28)
