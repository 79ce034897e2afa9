"""The C interface of the CUDA operations through ctypes: structs, and calls that raise with the library's own message."""
import ctypes
from ctypes import POINTER, Structure, byref, c_double, c_float, c_int32, c_int64, c_void_p

F32, F16, BF16, F8_E4M3 = 0, 1, 2, 4
Q4_0, Q8_0, Q4_K, Q6_K = 32, 36, 39, 41
# Bytes and elements of a block, as GGUF stores it.
BLOCKS = {F32: (4, 1), F16: (2, 1), BF16: (2, 1), Q8_0: (34, 32), Q4_0: (18, 32), Q4_K: (144, 256), Q6_K: (210, 256)}


class Weight(Structure):
    _fields_ = [("data", c_void_p), ("dtype", c_int32), ("layout", c_int32), ("rows", c_int64), ("cols", c_int64)]


class LinearPart(Structure):
    _fields_ = [("weight", Weight), ("bias", c_void_p), ("out", c_void_p), ("out_stride", c_int64), ("add", c_int32)]


class KvCache(Structure):
    _fields_ = [("keys", c_void_p), ("values", c_void_p), ("dtype", c_int32), ("pages", c_int32), ("page_tokens", c_int32), ("kv_heads", c_int32),
                ("head_dim", c_int32)]


class Batch(Structure):
    _fields_ = [("sequences", c_int32), ("tokens", c_int32), ("begin", c_void_p), ("positions", c_void_p), ("tables", c_void_p),
                ("table_stride", c_int32)]


class AttentionSettings(Structure):
    _fields_ = [("heads", c_int32), ("scale", c_float), ("soft_cap", c_float), ("window", c_int32), ("sinks", c_void_p)]


class Rope(Structure):
    _fields_ = [("table", c_void_p), ("dim", c_int32), ("interleaved", c_int32)]


class KvSpan(Structure):
    _fields_ = [("table", c_void_p), ("pages", c_int32), ("first", c_int32)]


class Model(Structure):
    _fields_ = [("x", c_void_p), ("dtype", c_int32)]


class Device(Structure):
    _fields_ = [("name", ctypes.c_char * 256), ("major", c_int32), ("minor", c_int32), ("multiprocessors", c_int32), ("memory", c_int64),
                ("free_memory", c_int64)]


P, I, L, D = c_void_p, c_int32, c_int64, c_double
SIGNATURES = {
    "wz_cuda_device_describe": [I, POINTER(Device)],
    "wz_cuda_memory_allocate": [I, L, POINTER(P)],
    "wz_cuda_memory_free": [P],
    "wz_cuda_copy": [P, P, L, P],
    "wz_cuda_stream_create": [I, POINTER(P)],
    "wz_cuda_stream_synchronize": [P],
    "wz_cuda_stream_free": [P],
    "wz_cuda_pack": [P, P, I, L, L, P],
    "wz_cuda_packed_bytes": [POINTER(L), I, L, L],
    "wz_cuda_linear": [POINTER(LinearPart), I, P, L, L, P, P],
    "wz_cuda_rms_norm": [P, P, P, P, D, L, L, P],
    "wz_cuda_swiglu": [P, P, P, L, L, P],
    "wz_cuda_attention": [P, P, POINTER(AttentionSettings), POINTER(Batch), POINTER(KvCache), P, I, P],
    "wz_cuda_attention_scratch_clear": [P, P],
    "wz_cuda_kv_move": [POINTER(KvCache), I, POINTER(KvSpan), POINTER(KvSpan), I, POINTER(Rope), P, P],
    "wz_cuda_merge_linear": [P, I, POINTER(Model), I, POINTER(Model), POINTER(D), D, I, L, P],
}


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.wz_cuda_last_error.restype = ctypes.c_char_p
        self.c.wz_cuda_attention_scratch.restype = c_int64
        self.c.wz_cuda_attention_scratch.argtypes = [L, I, I, I]
        self.c.wz_cuda_linear_scratch.restype = c_int64
        self.c.wz_cuda_linear_scratch.argtypes = [L, L]
        for name, arguments in SIGNATURES.items():
            function = getattr(self.c, name)
            function.argtypes, function.restype = arguments, c_int32
        if self.c.wz_cuda_device_count() < 1:
            raise SystemExit("no CUDA device: " + self.c.wz_cuda_last_error().decode())

    def call(self, name, *arguments):
        if getattr(self.c, name)(*arguments) != 0:
            raise RuntimeError(self.c.wz_cuda_last_error().decode())

    def describe(self):
        device = Device()
        self.call("wz_cuda_device_describe", 0, byref(device))
        return device

    def packed_bytes(self, dtype, rows, cols):
        size = c_int64()
        self.call("wz_cuda_packed_bytes", byref(size), dtype, rows, cols)
        return size.value
