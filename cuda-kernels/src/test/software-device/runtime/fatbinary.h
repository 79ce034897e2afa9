// The container in which nvcc embeds device code: PTX texts, and machine code that says how many registers a kernel takes.
#pragma once
#include <map>
#include <string>
#include <vector>
#include "machine/types.h"

namespace wz::software {

struct EmbeddedPtx {
  int arch = 0;           // 80, 90
  bool specific = false;  // compute_90a: for exactly that device
  std::string text;
};

struct EmbeddedCode {
  std::vector<EmbeddedPtx> ptx;
  std::map<int, std::map<std::string, int>> registers;  // [arch][kernel]: per thread
};

// Reads the container at `data`: entries that are plain or LZ4 blocks (nvcc --compress-mode=speed). Throws Fault where it is none, where an entry
// does not decompress, and for PTX in another compression (nvcc's default, zstd).
EmbeddedCode embedded_code(const void* data);
// The text for the highest target that the device runs; throws Fault if there is none.
const EmbeddedPtx& choose_ptx(const std::vector<EmbeddedPtx>& all, int device_arch);
// An LZ4 block to exactly `bytes` bytes; throws Fault if it is none.
std::vector<u8> lz4_block(const u8* from, size_t compressed, size_t bytes);
// Registers per thread of each kernel in a cubin (ELF, section .nv.info); empty if it says nothing.
std::map<std::string, int> registers_of(const std::vector<u8>& cubin);

}  // namespace wz::software
