// What can be asked about the device and about kernels.
#include <algorithm>
#include <cstdio>
#include "entry.h"

using namespace wz::software;

namespace {
constexpr int kRuntimeVersion = CUDART_VERSION;

void expect_device(int ordinal) {
  if (ordinal != 0) refuse(kInvalidDevice, "device " + std::to_string(ordinal) + ", expected 0");
}

int attribute(const Settings& s, cudaDeviceAttr a) {
  const CardModel& c = *s.card;
  switch (a) {
    case cudaDevAttrMaxThreadsPerBlock: return 1024;
    case cudaDevAttrMaxBlockDimX: return 1024;
    case cudaDevAttrMaxBlockDimY: return 1024;
    case cudaDevAttrMaxBlockDimZ: return 64;
    case cudaDevAttrMaxGridDimX: return 0x7FFFFFFF;
    case cudaDevAttrMaxGridDimY: return 65535;
    case cudaDevAttrMaxGridDimZ: return 65535;
    case cudaDevAttrMaxSharedMemoryPerBlock: return kSharedWithoutAttribute;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: return c.shared_per_block;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: return c.shared_per_multiprocessor;
    case cudaDevAttrReservedSharedMemoryPerBlock: return kSharedReserved;
    case cudaDevAttrTotalConstantMemory: return 65536;
    case cudaDevAttrWarpSize: return kLanes;
    case cudaDevAttrMaxRegistersPerBlock: return kRegistersPerMultiprocessor;
    case cudaDevAttrMaxRegistersPerMultiprocessor: return kRegistersPerMultiprocessor;
    case cudaDevAttrClockRate: return c.clock_khz;
    case cudaDevAttrMemoryClockRate: return c.memory_clock_khz;
    case cudaDevAttrGlobalMemoryBusWidth: return c.memory_bus_bits;
    case cudaDevAttrL2CacheSize: return c.l2_bytes;
    case cudaDevAttrMaxThreadsPerMultiProcessor: return kWarpsPerMultiprocessor * kLanes;
    case cudaDevAttrMaxBlocksPerMultiprocessor: return c.blocks_per_multiprocessor;
    case cudaDevAttrMultiProcessorCount: return c.multiprocessors;
    case cudaDevAttrComputeCapabilityMajor: return c.major;
    case cudaDevAttrComputeCapabilityMinor: return c.minor;
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrCanMapHostMemory:
    case cudaDevAttrManagedMemory:
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrStreamPrioritiesSupported:
    case cudaDevAttrCanUseHostPointerForRegisteredMem: return 1;
    case cudaDevAttrAsyncEngineCount: return 3;
    default: return 0;
  }
}
}  // namespace

cudaError_t cudaGetDeviceCount(int* count) {
  const cudaError_t error = entry([&](Device&) { expect_pointer(count, "count"); });
  if (count != nullptr) *count = error == cudaErrorInsufficientDriver ? 0 : device().settings.devices;
  return error;
}

cudaError_t cudaGetDevice(int* ordinal) {
  return entry([&](Device&) {
    expect_pointer(ordinal, "device");
    *ordinal = 0;
  });
}
cudaError_t cudaSetDevice(int ordinal) {
  return entry([&](Device&) { expect_device(ordinal); });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr a, int ordinal) {
  return entry([&](Device& d) {
    expect_device(ordinal);
    expect_pointer(value, "value");
    *value = attribute(d.settings, a);
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int ordinal) {
  return entry([&](Device& d) {
    expect_device(ordinal);
    expect_pointer(p, "properties");
    const CardModel& c = *d.settings.card;
    *p = {};
    std::snprintf(p->name, sizeof p->name, "%s in software", c.name);
    p->totalGlobalMem = d.settings.memory;
    p->sharedMemPerBlock = kSharedWithoutAttribute;
    p->sharedMemPerBlockOptin = static_cast<size_t>(c.shared_per_block);
    p->sharedMemPerMultiprocessor = static_cast<size_t>(c.shared_per_multiprocessor);
    p->reservedSharedMemPerBlock = kSharedReserved;
    p->regsPerBlock = p->regsPerMultiprocessor = kRegistersPerMultiprocessor;
    p->warpSize = kLanes;
    p->maxThreadsPerBlock = 1024;
    p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024, p->maxThreadsDim[2] = 64;
    p->maxGridSize[0] = 0x7FFFFFFF, p->maxGridSize[1] = p->maxGridSize[2] = 65535;
    p->totalConstMem = 65536;
    p->major = c.major, p->minor = c.minor;
    p->textureAlignment = 512;
    p->multiProcessorCount = c.multiprocessors;
    p->canMapHostMemory = p->concurrentKernels = p->unifiedAddressing = p->managedMemory = p->streamPrioritiesSupported = 1;
    p->asyncEngineCount = 3;
    p->memoryBusWidth = c.memory_bus_bits;
    p->l2CacheSize = c.l2_bytes;
    p->maxThreadsPerMultiProcessor = kWarpsPerMultiprocessor * kLanes;
    p->maxBlocksPerMultiProcessor = c.blocks_per_multiprocessor;
  });
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = device().settings.driver;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kRuntimeVersion;
  return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* a, const void* function) {
  return entry([&](Device& d) {
    expect_pointer(a, "attributes");
    const Kernel& k = d.kernels.find(function);
    *a = {};
    a->sharedSizeBytes = static_cast<size_t>(k.program->shared_bytes);
    a->localSizeBytes = static_cast<size_t>(k.program->local_bytes);
    a->maxThreadsPerBlock = d.largest_block(k);
    a->numRegs = k.registers;
    a->ptxVersion = a->binaryVersion = d.settings.card->arch();
    a->maxDynamicSharedSizeBytes = k.largest_dynamic >= 0 ? k.largest_dynamic : kSharedWithoutAttribute - static_cast<int>(k.program->shared_bytes);
  });
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  return entry([&](Device& d) {
    Kernel& k = d.kernels.find(function);
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) refuse(kNotSupported, k.name + ": attribute " + std::to_string(static_cast<int>(attribute)) + " is not known to the software device");
    const int most = d.settings.card->shared_per_block - static_cast<int>(k.program->shared_bytes);
    if (value < 0 || value > most) refuse(kInvalidValue, k.name + ": found " + std::to_string(value) + " bytes of dynamic shared memory, a block can have " + std::to_string(most));
    k.largest_dynamic = value;
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, const void* function, int threads, size_t shared, unsigned) {
  return entry([&](Device& d) {
    expect_pointer(blocks, "blocks");
    *blocks = d.occupancy(d.kernels.find(function), threads, shared);
  });
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* function, int threads, size_t shared) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, threads, shared, 0);
}
