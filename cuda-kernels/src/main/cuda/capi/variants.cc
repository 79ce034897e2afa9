// The table of variants, what is switched off of them, and the build of this library.
#include <elf.h>
#include <link.h>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>
#include "common/guarded.h"
#include "common/variants.h"
#include "wootz/cuda_variants.h"

namespace wz::cuda {
namespace {

struct Row {
  const char* operation;
  const char* name;
  const char* serves;
  int32_t capability;
  bool generic;
};

constexpr int32_t kCount = static_cast<int32_t>(Variant::kCount);

constexpr Row kRows[kCount] = {
    {"attention", "generic", "every head_dim and type of cache, in float32", 80, true},
    {"attention", "tensor", "caches of f16 and bf16, head_dim 64, 96 and 128, on tensor cores", 80, false},
};

std::atomic<bool> off[kCount];

int32_t checked(int32_t variant) {
  if (variant < 0 || variant >= kCount) {
    throw Refusal(WZ_INVALID_ARGUMENT, "variant: found " + std::to_string(variant) + ", expected 0 to " + std::to_string(kCount - 1));
  }
  return variant;
}

struct Build {
  char digits[2 * 64 + 1] = "";

  Build() {
    // Of all loaded objects the one that holds this code.
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* into) {
          const auto here = reinterpret_cast<uintptr_t>(&off);
          bool ours = false;
          for (int i = 0; i < info->dlpi_phnum; ++i) {
            const auto& header = info->dlpi_phdr[i];
            const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
            ours = ours || (header.p_type == PT_LOAD && here >= begin && here < begin + header.p_memsz);
          }
          for (int i = 0; ours && i < info->dlpi_phnum; ++i) {
            const auto& header = info->dlpi_phdr[i];
            if (header.p_type == PT_NOTE) static_cast<Build*>(into)->read(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
          }
          return ours ? 1 : 0;
        },
        this);
  }

  // Notes: name size, description size, type, then both, each padded to 4 bytes.
  void read(const char* notes, size_t bytes) {
    for (size_t at = 0; at + 12 <= bytes;) {
      uint32_t head[3];
      std::memcpy(head, notes + at, sizeof head);
      const size_t description = at + 12 + (head[0] + 3) / 4 * 4;
      if (description + head[1] > bytes) return;
      if (head[2] == NT_GNU_BUILD_ID && head[0] == 4 && std::memcmp(notes + at + 12, "GNU", 4) == 0 && head[1] <= 64) {
        for (uint32_t i = 0; i < head[1]; ++i) {
          std::snprintf(digits + 2 * i, 3, "%02x", static_cast<unsigned>(static_cast<unsigned char>(notes[description + i])));
        }
        return;
      }
      at = description + (head[1] + 3) / 4 * 4;
    }
  }
};

}  // namespace

bool enabled(Variant variant) { return !off[static_cast<int32_t>(variant)].load(std::memory_order_relaxed); }

}  // namespace wz::cuda

int32_t wz_cuda_variants(void) { return wz::cuda::kCount; }

wz_status wz_cuda_variant_describe(int32_t variant, wz_cuda_variant* description) {
  return wz::cuda::guarded("wz_cuda_variant_describe", [&] {
    using namespace wz::cuda;
    if (description == nullptr) throw Refusal(WZ_INVALID_ARGUMENT, "description: found NULL, expected a struct");
    const Row& row = kRows[checked(variant)];
    *description = {};
    std::snprintf(description->operation, sizeof description->operation, "%s", row.operation);
    std::snprintf(description->name, sizeof description->name, "%s", row.name);
    std::snprintf(description->serves, sizeof description->serves, "%s", row.serves);
    description->capability = row.capability;
    description->generic = row.generic ? 1 : 0;
    description->enabled = off[variant].load() ? 0 : 1;
  });
}

wz_status wz_cuda_variant_enable(int32_t variant, int32_t enabled) {
  return wz::cuda::guarded("wz_cuda_variant_enable", [&] {
    using namespace wz::cuda;
    const Row& row = kRows[checked(variant)];
    if (row.generic && enabled == 0) {
      throw Refusal(WZ_UNSUPPORTED, std::string(row.operation) + " " + row.name + " takes what no other variant does and cannot be switched off");
    }
    off[variant] = enabled == 0;
  });
}

const char* wz_cuda_build(void) {
  static const wz::cuda::Build build;
  return build.digits;
}
