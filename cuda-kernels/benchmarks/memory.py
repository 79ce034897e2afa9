"""Device memory of the benchmarks: PyTorch's where it is there, so that both sides work on the same tensors, the library's own elsewhere."""
import array
import ctypes
import random
import time


class TorchMemory:
    """Tensors of PyTorch; both sides run on its stream."""

    def __init__(self, library):
        import torch
        self.torch, self.library = torch, library
        torch.manual_seed(1)
        self.stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)

    def bytes(self, count):
        return self.torch.randint(0, 64, (max(1, count),), dtype=self.torch.uint8, device="cuda")

    def zeros(self, count):
        return self.torch.zeros(max(1, count), dtype=self.torch.uint8, device="cuda")

    def floats(self, *shape, dtype=None):
        return self.torch.randn(*shape, device="cuda", dtype=dtype or self.torch.float32)

    def ints(self, values):
        return self.torch.tensor(values, dtype=self.torch.int32, device="cuda")

    def address(self, tensor):
        return tensor.data_ptr()

    def release(self):
        self.torch.cuda.empty_cache()

    def close(self):
        pass

    def milliseconds(self, run):
        begin, end = self.torch.cuda.Event(enable_timing=True), self.torch.cuda.Event(enable_timing=True)
        begin.record()
        run()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)


class OwnMemory:
    """Without PyTorch: memory of the library, times of the host's clock around a call and a wait, launch included."""

    def __init__(self, library):
        self.library = library
        self.stream = ctypes.c_void_p()
        library.call("wz_cuda_stream_create", 0, ctypes.byref(self.stream))
        self.random = random.Random(1)
        self.taken = []

    def release(self):
        """Frees what was given out, after a case."""
        self.library.call("wz_cuda_stream_synchronize", self.stream)
        for memory in self.taken:
            self.library.call("wz_cuda_memory_free", memory)
        self.taken.clear()

    def close(self):
        self.library.call("wz_cuda_stream_free", self.stream)

    def _from(self, data):
        memory = ctypes.c_void_p()
        self.library.call("wz_cuda_memory_allocate", 0, len(data), ctypes.byref(memory))
        self.taken.append(memory)
        host = (ctypes.c_char * len(data)).from_buffer_copy(data)
        self.library.call("wz_cuda_copy", memory, ctypes.cast(host, ctypes.c_void_p), len(data), self.stream)
        self.library.call("wz_cuda_stream_synchronize", self.stream)
        return memory.value

    def bytes(self, count):
        piece = bytes(self.random.randrange(64) for _ in range(4096))
        return self._from((piece * (count // 4096 + 1))[:max(1, count)])

    def zeros(self, count):
        return self._from(bytes(max(1, count)))

    def floats(self, *shape, dtype=None):
        count = 1
        for extent in shape:
            count *= extent
        piece = array.array("f", (self.random.gauss(0, 1) for _ in range(1024)))
        return self._from((piece.tobytes() * (count // 1024 + 1))[: 4 * count])

    def ints(self, values):
        flat = [v for row in values for v in row] if isinstance(values[0], list) else values
        return self._from(array.array("i", flat).tobytes())

    def address(self, tensor):
        return tensor

    def milliseconds(self, run):
        self.library.call("wz_cuda_stream_synchronize", self.stream)
        begin = time.perf_counter()
        run()
        self.library.call("wz_cuda_stream_synchronize", self.stream)
        return (time.perf_counter() - begin) * 1e3
