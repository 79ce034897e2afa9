// The container of device code, made by hand: plain and LZ4 entries, what is refused, which text a device takes.
#include <gtest/gtest.h>
#include <cstring>
#include "runtime/errors.h"
#include "runtime/fatbinary.h"

namespace wz::software {
namespace {

class Container {
 public:
  Container() : bytes_(16) {
    put<u32>(0, 0xBA55ED50u);
    put<u16>(4, 1);
    put<u16>(6, 16);
  }
  Container& entry(u16 kind, u32 arch, u64 flags, const std::string& payload, u64 plain = 0) {
    const size_t at = bytes_.size(), padded = (payload.size() + 7) / 8 * 8;
    bytes_.resize(at + 64 + padded);
    put<u16>(at, kind);
    put<u32>(at + 4, 64);
    put<u64>(at + 8, padded);
    put<u32>(at + 0x10, static_cast<u32>(payload.size()));
    put<u32>(at + 0x1C, arch);
    put<u64>(at + 0x28, flags);
    put<u64>(at + 0x38, plain);
    std::memcpy(bytes_.data() + at + 64, payload.data(), payload.size());
    put<u64>(8, bytes_.size() - 16);
    return *this;
  }
  template <class T>
  void put(size_t at, T v) {
    std::memcpy(bytes_.data() + at, &v, sizeof v);
  }
  const void* data() const { return bytes_.data(); }

 private:
  std::vector<u8> bytes_;
};

constexpr u64 kLz4 = 0x2000, kZstd = 0x8000, kSpecific = 0x100000;

// Of what f throws: code and text.
template <class F>
std::pair<int, std::string> fault_of(F&& f) {
  try {
    f();
  } catch (const Fault& e) {
    return {e.code(), e.what()};
  }
  return {0, ""};
}
std::string text(const std::vector<u8>& v) { return {v.begin(), v.end()}; }

TEST(Lz4, DecodesLiteralsMatchesAndLongLengths) {
  const auto decode = [](const std::string& block, size_t bytes) { return text(lz4_block(reinterpret_cast<const u8*>(block.data()), block.size(), bytes)); };
  EXPECT_EQ(decode("\x50hello", 5), "hello");
  // 3 literals, then a match of 4 + 3 bytes at distance 3, that overlaps itself; then 1 literal.
  EXPECT_EQ(decode(std::string("\x33" "abc\x03\x00\x10" "!", 8), 11), "abcabcabca!");
  // 15 + 255 + 2 literals.
  std::string block = "\xF0\xFF\x02";
  const std::string longer(272, 'x');
  EXPECT_EQ(decode(block + longer, 272), longer);
  // A match of 4 + 15 + 255 + 10 bytes at distance 1, and 5 literals.
  EXPECT_EQ(decode(std::string("\x1F" "a\x01\x00\xFF\x0A\x50" "bcdef", 12), 290), std::string(285, 'a') + "bcdef");
}

TEST(Lz4, RefusesWhatIsDamaged) {
  const auto code = [](const std::string& block, size_t bytes) {
    return fault_of([&] { lz4_block(reinterpret_cast<const u8*>(block.data()), block.size(), bytes); }).first;
  };
  EXPECT_EQ(code("\x50hel", 5), kNoKernelImage) << "literals past the end";
  EXPECT_EQ(code("\x50hello", 4), kNoKernelImage) << "more than there is room for";
  EXPECT_EQ(code("\x50hello", 6), kNoKernelImage) << "too little";
  EXPECT_EQ(code(std::string("\x33" "abc\x04\x00\x10!", 8), 11), kNoKernelImage) << "a match before the begin";
  EXPECT_EQ(code(std::string("\x33" "abc\x00\x00\x10!", 8), 11), kNoKernelImage) << "distance 0";
  EXPECT_EQ(code(std::string("\x33" "abc\x03", 5), 11), kNoKernelImage) << "half a distance";
  EXPECT_EQ(code("\xF0\xFF", 400), kNoKernelImage) << "a length that does not end";
}

TEST(Fatbinary, GivesEveryText) {
  Container c;
  c.entry(1, 80, 0, std::string("plain\0\0", 7)).entry(2, 80, 0, "no ELF").entry(1, 90, kLz4 | kSpecific, std::string("\x60" "packed", 7), 6);
  const EmbeddedCode code = embedded_code(c.data());
  ASSERT_EQ(code.ptx.size(), 2u);
  EXPECT_EQ(code.ptx[0].text, "plain");
  EXPECT_EQ(code.ptx[0].arch, 80);
  EXPECT_FALSE(code.ptx[0].specific);
  EXPECT_EQ(code.ptx[1].text, "packed");
  EXPECT_EQ(code.ptx[1].arch, 90);
  EXPECT_TRUE(code.ptx[1].specific);
}

TEST(Fatbinary, SaysWhatItRefuses) {
  const auto [zstd, why] = fault_of([] { embedded_code(Container().entry(1, 80, kZstd, "x", 5).data()); });
  EXPECT_EQ(zstd, kNoKernelImage);
  EXPECT_NE(why.find("compressed with zstd; compile with nvcc --compress-mode=speed"), std::string::npos) << why;
  Container other;
  other.put<u32>(0, 1);
  EXPECT_EQ(fault_of([&] { embedded_code(other.data()); }).first, kNoKernelImage);
  Container longer;
  longer.entry(1, 80, 0, "text");
  longer.put<u64>(16 + 8, 4096);
  const auto [past, reason] = fault_of([&] { embedded_code(longer.data()); });
  EXPECT_EQ(past, kNoKernelImage);
  EXPECT_NE(reason.find("longer than its container"), std::string::npos) << reason;
}

TEST(Fatbinary, ADeviceTakesTheHighestTargetThatItRuns) {
  const std::vector<EmbeddedPtx> all = {{90, true, "90a"}, {80, false, "80"}, {75, false, "75"}};
  EXPECT_EQ(choose_ptx(all, 80).text, "80");
  EXPECT_EQ(choose_ptx(all, 89).text, "80");
  EXPECT_EQ(choose_ptx(all, 90).text, "90a");
  EXPECT_EQ(choose_ptx(all, 100).text, "80") << "an 'a' target is for exactly one device";
  EXPECT_EQ(choose_ptx({{90, false, "90"}, {90, true, "90a"}}, 90).text, "90a");
  EXPECT_EQ(fault_of([&] { choose_ptx(all, 70); }).first, kNoKernelImage);
}

}  // namespace
}  // namespace wz::software
