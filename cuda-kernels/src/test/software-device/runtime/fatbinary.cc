#include "runtime/fatbinary.h"
#include <cstring>
#include "machine/fault.h"

namespace wz::software {
namespace {
template <class T>
T at(const u8* p, size_t offset) {
  T v;
  std::memcpy(&v, p + offset, sizeof v);
  return v;
}
constexpr int kNoKernelImage = 209;
constexpr u64 kCompressed = 0x2000 | 0x8000, kSpecific = 0x100000;
}  // namespace

std::vector<EmbeddedPtx> embedded_ptx(const void* data) {
  const u8* p = static_cast<const u8*>(data);
  if (at<u32>(p, 0) != 0xBA55ED50u) throw Fault(kNoKernelImage, "device code: found a container that does not begin with 0xBA55ED50");
  std::vector<EmbeddedPtx> all;
  const u8* entry = p + at<u16>(p, 6);
  const u8* end = entry + at<u64>(p, 8);
  while (entry < end) {
    const u16 kind = at<u16>(entry, 0);
    const u32 header = at<u32>(entry, 4);
    const u64 payload = at<u64>(entry, 8);
    if (kind == 1) {
      const u64 flags = at<u64>(entry, 0x28);
      if (flags & kCompressed) throw Fault(kNoKernelImage, "device code: the PTX is compressed; compile with nvcc --no-compress");
      const char* text = reinterpret_cast<const char*>(entry + header);
      all.push_back({static_cast<int>(at<u32>(entry, 0x1C)), (flags & kSpecific) != 0, std::string(text, strnlen(text, payload))});
    }
    if (header == 0) break;
    entry += header + payload;
  }
  return all;
}

const EmbeddedPtx& choose_ptx(const std::vector<EmbeddedPtx>& all, int device_arch) {
  const EmbeddedPtx* best = nullptr;
  for (const EmbeddedPtx& e : all) {
    if (e.specific ? e.arch != device_arch : e.arch > device_arch) continue;
    if (best == nullptr || e.arch > best->arch) best = &e;
  }
  if (best == nullptr) throw Fault(kNoKernelImage, "device code: no PTX for sm_" + std::to_string(device_arch) + " or earlier; compile with -gencode arch=compute_80,code=compute_80");
  return *best;
}

}  // namespace wz::software
