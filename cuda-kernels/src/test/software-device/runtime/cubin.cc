// Registers per thread, from the machine code beside the PTX: section .nv.info is a row of (format, attribute, size) with attribute 0x2F =
// (symbol, count).
#include <elf.h>
#include <cstring>
#include "runtime/fatbinary.h"

namespace wz::software {
namespace {
template <class T>
bool read(const std::vector<u8>& from, u64 offset, T* to) {
  if (offset > from.size() || from.size() - offset < sizeof *to) return false;
  std::memcpy(to, from.data() + offset, sizeof *to);
  return true;
}
constexpr u8 kSizedValue = 4, kRegisterCount = 0x2F;
}  // namespace

std::map<std::string, int> registers_of(const std::vector<u8>& cubin) {
  std::map<std::string, int> registers;
  Elf64_Ehdr elf;
  if (!read(cubin, 0, &elf) || std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return registers;
  std::vector<Elf64_Shdr> sections(elf.e_shnum);
  for (u64 k = 0; k < sections.size(); ++k) {
    if (!read(cubin, elf.e_shoff + k * sizeof(Elf64_Shdr), &sections[k])) return registers;
  }
  const auto text = [&](const Elf64_Shdr& strings, u64 offset) {
    std::string s;
    char c = 0;
    for (u64 at = strings.sh_offset + offset; read(cubin, at, &c) && c != 0; ++at) s += c;
    return s;
  };
  if (elf.e_shstrndx >= sections.size()) return registers;
  const Elf64_Shdr *info = nullptr, *symbols = nullptr;
  for (const Elf64_Shdr& s : sections) {
    if (s.sh_type == SHT_SYMTAB) symbols = &s;
    if (text(sections[elf.e_shstrndx], s.sh_name) == ".nv.info") info = &s;
  }
  if (info == nullptr || symbols == nullptr || symbols->sh_link >= sections.size()) return registers;
  for (u64 at = info->sh_offset; at + 4 <= info->sh_offset + info->sh_size;) {
    u8 head[2];
    u16 size;
    if (!read(cubin, at, &head) || !read(cubin, at + 2, &size)) break;
    at += 4;
    if (head[0] != kSizedValue) continue;  // of the other formats the value is the size itself
    u32 value[2];
    Elf64_Sym symbol;
    if (head[1] == kRegisterCount && size == 8 && read(cubin, at, &value) && read(cubin, symbols->sh_offset + value[0] * sizeof symbol, &symbol)) {
      registers[text(sections[symbols->sh_link], symbol.st_name)] = static_cast<int>(value[1]);
    }
    at += size;
  }
  return registers;
}

}  // namespace wz::software
