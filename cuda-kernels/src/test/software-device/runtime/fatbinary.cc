#include "runtime/fatbinary.h"
#include <cstring>
#include "runtime/errors.h"

namespace wz::software {
namespace {
template <class T>
T at(const u8* p, size_t offset) {
  T v;
  std::memcpy(&v, p + offset, sizeof v);
  return v;
}
constexpr u64 kLz4 = 0x2000, kZstd = 0x8000, kSpecific = 0x100000;
constexpr u16 kPtx = 1, kElf = 2;
}  // namespace

EmbeddedCode embedded_code(const void* data) {
  const u8* p = static_cast<const u8*>(data);
  if (at<u32>(p, 0) != 0xBA55ED50u) refuse(kNoKernelImage, "device code: found a container that does not begin with 0xBA55ED50");
  EmbeddedCode code;
  const u8* entry = p + at<u16>(p, 6);
  const u8* end = entry + at<u64>(p, 8);
  while (entry < end) {
    const u16 kind = at<u16>(entry, 0);
    const u32 header = at<u32>(entry, 4);
    const u64 payload = at<u64>(entry, 8);
    const int arch = static_cast<int>(at<u32>(entry, 0x1C));
    const u64 flags = at<u64>(entry, 0x28);
    if (header < 64 || header + payload > static_cast<u64>(end - entry)) refuse(kNoKernelImage, "device code: an entry is longer than its container");
    if (kind == kPtx && (flags & kZstd)) refuse(kNoKernelImage, "device code: the PTX is compressed with zstd; compile with nvcc --compress-mode=speed or --no-compress");
    if ((kind == kPtx || kind == kElf) && (flags & kZstd) == 0) {
      const u8* from = entry + header;
      const std::vector<u8> plain = flags & kLz4 ? lz4_block(from, at<u32>(entry, 0x10), at<u64>(entry, 0x38)) : std::vector<u8>(from, from + payload);
      if (kind == kPtx) {
        const char* text = reinterpret_cast<const char*>(plain.data());
        code.ptx.push_back({arch, (flags & kSpecific) != 0, std::string(text, strnlen(text, plain.size()))});
      } else {
        code.registers[arch] = registers_of(plain);
      }
    }
    entry += header + payload;
  }
  return code;
}

const EmbeddedPtx& choose_ptx(const std::vector<EmbeddedPtx>& all, int device_arch) {
  const EmbeddedPtx* best = nullptr;
  for (const EmbeddedPtx& e : all) {
    if (e.specific ? e.arch != device_arch : e.arch > device_arch) continue;
    if (best == nullptr || e.arch > best->arch || (e.arch == best->arch && e.specific)) best = &e;
  }
  if (best == nullptr) refuse(kNoKernelImage, "device code: no PTX for sm_" + std::to_string(device_arch) + " or earlier; compile with -gencode arch=compute_80,code=compute_80");
  return *best;
}

std::vector<u8> lz4_block(const u8* from, size_t compressed, size_t bytes) {
  std::vector<u8> to;
  to.reserve(bytes);
  const u8* const end = from + compressed;
  const auto damaged = [] { refuse(kNoKernelImage, "device code: an LZ4 block is damaged"); };
  const auto more = [&](size_t n) {  // a length of 15 goes on in the bytes that follow
    if (n != 15) return n;
    for (u8 byte = 255; byte == 255; n += byte) {
      if (from == end) damaged();
      byte = *from++;
    }
    return n;
  };
  while (from < end) {
    const u8 token = *from++;
    const size_t literals = more(token >> 4);
    if (literals > static_cast<size_t>(end - from) || to.size() + literals > bytes) damaged();
    to.insert(to.end(), from, from + literals);
    from += literals;
    if (from == end) break;
    if (end - from < 2) damaged();
    const size_t distance = static_cast<size_t>(from[0] | from[1] << 8);
    from += 2;
    const size_t match = more(token & 15) + 4;
    if (distance == 0 || distance > to.size() || to.size() + match > bytes) damaged();
    for (size_t k = 0; k < match; ++k) to.push_back(to[to.size() - distance]);
  }
  if (to.size() != bytes) damaged();
  return to;
}

}  // namespace wz::software
