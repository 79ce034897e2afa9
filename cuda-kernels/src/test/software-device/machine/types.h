// Short names for the machine's integer types, as PTX has them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace wz::software {
using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s8 = int8_t;
using s16 = int16_t;
using s32 = int32_t;
using s64 = int64_t;

constexpr int kLanes = 32;
constexpr u32 kAllLanes = 0xFFFFFFFFu;
}  // namespace wz::software
