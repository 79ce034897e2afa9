// A count that is known when the program runs as a constant of the compiler: register tiles are arrays, and arrays of registers need
// constant sizes.
#pragma once
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

template <int n>
struct Count {
  static constexpr int kCount = n;
};

// f(Count<n>) for n in [1, kMost].
template <int kMost, class F>
inline __attribute__((always_inline)) void with_count(int64_t n, F&& f) {
  if constexpr (kMost == 1) {
    f(Count<1>{});
  } else if (n == kMost) {
    f(Count<kMost>{});
  } else {
    with_count<kMost - 1>(n, f);
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
