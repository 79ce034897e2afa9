// Device and pinned memory, copies, fills, addresses of variables.
#include "entry.h"

using namespace wz::software;

namespace {
u64 number(const void* p) { return reinterpret_cast<u64>(p); }

cudaError_t allocate(void** out, size_t bytes, MemoryKind kind, const char* call) {
  return entry([&](Device& d) {
    expect_pointer(out, "pointer");
    *out = bytes == 0 ? nullptr : reinterpret_cast<void*>(d.allocate(bytes, kind, call));
  });
}

cudaError_t copy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream, bool wait) {
  return entry([&](Device& d) {
    Stream& s = stream_of(stream);
    if (wait) d.forbid_in_capture("cudaMemcpy");
    d.copy(s, to, from, bytes, static_cast<int>(kind));
    if (wait) d.queue.finish(s);
  });
}

cudaError_t copy_rows(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t rows, cudaMemcpyKind kind, cudaStream_t stream, bool wait) {
  return entry([&](Device& d) {
    Stream& s = stream_of(stream);
    if (wait) d.forbid_in_capture("cudaMemcpy2D");
    d.copy_rows(s, to, to_pitch, from, from_pitch, width, rows, static_cast<int>(kind));
    if (wait) d.queue.finish(s);
  });
}

cudaError_t set(void* to, int value, size_t bytes, cudaStream_t stream, bool wait) {
  return entry([&](Device& d) {
    Stream& s = stream_of(stream);
    if (wait) d.forbid_in_capture("cudaMemset");
    d.set(s, to, static_cast<u8>(value), bytes);
    if (wait) d.queue.finish(s);
  });
}

u64 part(Device& d, const void* symbol, size_t count, size_t offset) {
  u64 bytes = 0;
  const u64 at = d.kernels.address(symbol, &bytes);
  if (offset > bytes || count > bytes - offset) refuse(kInvalidValue, "bytes " + std::to_string(offset) + " to " + std::to_string(offset + count) + " of a variable of " + std::to_string(bytes));
  return at + offset;
}
}  // namespace

cudaError_t cudaMalloc(void** out, size_t bytes) { return allocate(out, bytes, MemoryKind::kDevice, "cudaMalloc"); }
cudaError_t cudaMallocHost(void** out, size_t bytes) { return allocate(out, bytes, MemoryKind::kHost, "cudaMallocHost"); }
cudaError_t cudaHostAlloc(void** out, size_t bytes, unsigned) { return allocate(out, bytes, MemoryKind::kHost, "cudaHostAlloc"); }
cudaError_t cudaMallocManaged(void** out, size_t bytes, unsigned) { return allocate(out, bytes, MemoryKind::kManaged, "cudaMallocManaged"); }

cudaError_t cudaFree(void* p) {
  return entry([&](Device& d) {
    if (p != nullptr) d.free(number(p), MemoryKind::kDevice);
  });
}
cudaError_t cudaFreeHost(void* p) {
  return entry([&](Device& d) {
    if (p != nullptr) d.free(number(p), MemoryKind::kHost);
  });
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  return entry([&](Device& d) {
    expect_pointer(free, "free"), expect_pointer(total, "total");
    *free = d.free_bytes(), *total = d.settings.memory;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* out, const void* p) {
  return entry([&](Device& d) {
    expect_pointer(out, "attributes");
    *out = {};
    out->device = cudaInvalidDeviceId;
    const Allocation* a = d.memory.find(number(p), 1);
    out->type = a == nullptr ? cudaMemoryTypeUnregistered : a->kind == MemoryKind::kHost ? cudaMemoryTypeHost : a->kind == MemoryKind::kManaged ? cudaMemoryTypeManaged : cudaMemoryTypeDevice;
    if (a != nullptr) out->device = 0, out->devicePointer = const_cast<void*>(p);
    if (out->type != cudaMemoryTypeDevice) out->hostPointer = const_cast<void*>(p);
  });
}

cudaError_t cudaHostGetDevicePointer(void** out, void* p, unsigned) {
  return entry([&](Device& d) {
    expect_pointer(out, "pointer");
    const Allocation* a = d.memory.find(number(p), 1);
    if (a == nullptr || a->kind != MemoryKind::kHost) refuse(kInvalidValue, "the address is not pinned host memory");
    *out = p;
  });
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) { return copy(to, from, bytes, kind, nullptr, true); }
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) { return copy(to, from, bytes, kind, stream, false); }
cudaError_t cudaMemcpy2D(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t rows, cudaMemcpyKind kind) {
  return copy_rows(to, to_pitch, from, from_pitch, width, rows, kind, nullptr, true);
}
cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t rows, cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_rows(to, to_pitch, from, from_pitch, width, rows, kind, stream, false);
}
cudaError_t cudaMemset(void* to, int value, size_t bytes) { return set(to, value, bytes, nullptr, true); }
cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) { return set(to, value, bytes, stream, false); }

cudaError_t cudaGetSymbolAddress(void** out, const void* symbol) {
  return entry([&](Device& d) {
    expect_pointer(out, "pointer");
    *out = reinterpret_cast<void*>(part(d, symbol, 0, 0));
  });
}
cudaError_t cudaGetSymbolSize(size_t* out, const void* symbol) {
  return entry([&](Device& d) {
    expect_pointer(out, "size");
    u64 bytes = 0;
    (void)d.kernels.address(symbol, &bytes);
    *out = bytes;
  });
}

namespace {
cudaError_t copy_symbol(const void* symbol, void* other, size_t bytes, size_t offset, bool to_symbol, cudaMemcpyKind kind, cudaStream_t stream, bool wait) {
  return entry([&](Device& d) {
    Stream& s = stream_of(stream);
    if (wait) d.forbid_in_capture("cudaMemcpyToSymbol");
    void* at = reinterpret_cast<void*>(part(d, symbol, bytes, offset));
    d.copy(s, to_symbol ? at : other, to_symbol ? other : at, bytes, static_cast<int>(kind));
    if (wait) d.queue.finish(s);
  });
}
}  // namespace

cudaError_t cudaMemcpyToSymbol(const void* symbol, const void* from, size_t bytes, size_t offset, cudaMemcpyKind kind) {
  return copy_symbol(symbol, const_cast<void*>(from), bytes, offset, true, kind, nullptr, true);
}
cudaError_t cudaMemcpyToSymbolAsync(const void* symbol, const void* from, size_t bytes, size_t offset, cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_symbol(symbol, const_cast<void*>(from), bytes, offset, true, kind, stream, false);
}
cudaError_t cudaMemcpyFromSymbol(void* to, const void* symbol, size_t bytes, size_t offset, cudaMemcpyKind kind) {
  return copy_symbol(symbol, to, bytes, offset, false, kind, nullptr, true);
}
cudaError_t cudaMemcpyFromSymbolAsync(void* to, const void* symbol, size_t bytes, size_t offset, cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_symbol(symbol, to, bytes, offset, false, kind, stream, false);
}
