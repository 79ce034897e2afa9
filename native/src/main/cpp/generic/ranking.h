// Ranks within a row of keys: rank[i] = number of keys below key[i], plus equal keys before i. Exact, without sorting the row.
//
// A key names a slot by its leading bits, within a window around the row's typical magnitude. One pass counts the keys of each slot and notes for
// each element how many of its slot came before it; a prefix sum over the slots gives the ranks:
//   rank[i] = below[slot of i] + order[i]
// That is exact where all keys of a slot are equal. Differences of bfloat16 numbers, which fine-tuned checkpoints consist of, mostly have few
// significant bits: they are "even" keys, which their leading bits give exactly. The other, "fine", keys of a slot get a slot of their own right
// after it, so only they can be different keys in one slot; those slots, few and small, are sorted afterwards.
//
// Measured on rows of 1024 to 4096 differences of bfloat16 (Zen 4, cycles per element): this 3.5; three passes of an LSD radix sort of
// (key, index) 25; scatter into slots and insertion sort 6. The counting pass is bound by its dependent loads and stores, which leaves room for
// arithmetic: see RowRanks::count.
#pragma once
#include <cstdint>
#include <cstring>
#include "base/gta_scratch.h"
#include "words.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kSlotLanes = kHalvesLanes;
constexpr int kMaxSlots = 32768;
constexpr int64_t kMaxRankedRow = 65535;  // counts fit 16 bits

// Slot numbers are stored turned around: slot = lane * steps + step lies at step * kSlotLanes + lane, so that the prefix sum is a plain sum over
// vectors.
using SlotLanes = uint16_t __attribute__((vector_size(2 * kSlotLanes)));

// Which keys have slots of their own: `codes` consecutive values of key >> shift from `least` on. Smaller and larger keys are fine keys of the first
// and the last.
struct Window {
  int shift;      // 0: none chosen yet; 16 has a way of its own
  int slots;      // a power of two
  bool all_fine;  // no even keys, one slot per code; else two
  uint32_t least;
  int rows;       // for how many more rows it serves without looking at them

  uint32_t codes() const { return static_cast<uint32_t>(all_fine ? slots : slots / 2); }
};

// Ascending order of m composites; nearly always a few.
inline void sort_group(uint64_t* v, int64_t m) {
  constexpr int64_t kInsertion = 32;
  if (m == 2) {
    const uint64_t a = v[0], b = v[1];
    v[0] = a < b ? a : b;
    v[1] = a < b ? b : a;
    return;
  }
  if (m > kInsertion) {  // heap sort
    for (int64_t size = m, root = m / 2; size > 1;) {
      if (root > 0) {
        --root;
      } else {
        --size;
        const uint64_t last = v[size];
        v[size] = v[0];
        v[0] = last;
      }
      const uint64_t sinking = v[root];
      int64_t place = root;
      for (int64_t child = 2 * place + 1; child < size; child = 2 * place + 1) {
        child += child + 1 < size && v[child] < v[child + 1];
        if (v[child] <= sinking) break;
        v[place] = v[child];
        place = child;
      }
      v[place] = sinking;
    }
    return;
  }
  for (int64_t i = 1; i < m; ++i) {
    const uint64_t inserted = v[i];
    int64_t place = i;
    for (; place > 0 && v[place - 1] > inserted; --place) v[place] = v[place - 1];
    v[place] = inserted;
  }
}

// One row of up to kMaxRankedRow keys: open, count all elements in any pieces in order, close, then ranks.
class RowRanks {
 public:
  // ranking_bytes(n) of memory, on a cache line, for rows of up to n keys.
  RowRanks(void* memory, int64_t n) {
    const int64_t padded = n + 64;
    char* p = static_cast<char*>(memory);
    sorted_ = reinterpret_cast<uint64_t*>(p);
    group_ = reinterpret_cast<uint16_t*>(p + 8 * padded);
    slot_ = reinterpret_cast<uint16_t*>(p + 10 * padded);
    count_ = reinterpret_cast<uint16_t*>(p + whole_lines(12 * padded));
    below_ = count_ + kMaxSlots + kSlotLanes;
    fine_ = reinterpret_cast<uint32_t*>(below_ + kMaxSlots + kSlotLanes);
  }

  // Gives each element its slot. The keys are the words at `key` [n] & mask, but at most `limit`; they are looked at until close.
  // window: that of the last row, which serves for this one as well if the rows are alike; updated. Ranks do not depend on it.
  void open(const void* key, uint32_t mask, uint32_t limit, int64_t n, Window& window) {
    word_ = static_cast<const char*>(key);
    mask_ = mask;
    limit_ = limit;
    n_ = n;
    if (window.rows-- <= 0) window = choose();
    window_ = &window;
    slots_ = window.slots;
    assign(window);
    std::memset(count_, 0, static_cast<size_t>(2 * (slots_ + kSlotLanes)));
  }

  // How many keys each slot has, and how many are in the slots before.
  void count() {
    const uint16_t* slot = slot_;
    uint16_t* count = count_;
    int64_t i = 0;
    for (; i + 4 <= n_; i += 4) {
      const uint32_t a = slot[i], b = slot[i + 1], c = slot[i + 2], d = slot[i + 3];
      ++count[a];
      ++count[b];
      ++count[c];
      ++count[d];
    }
    for (; i < n_; ++i) ++count[slot[i]];
    add_up();
  }

  // rank[i] for i in [begin, end), in order: the keys of a slot rank in the order in which they come. The ranks of zeros, which are all below the
  // others, come out as some numbers below n.
  inline __attribute__((always_inline)) void rank(uint16_t* rank, int64_t begin, int64_t end) {
    int64_t i = begin;
    for (; i + 4 <= end; i += 4) rank_few<4>(rank, i);
    switch (end - i) {
      case 3: rank_few<3>(rank, i); break;
      case 2: rank_few<2>(rank, i); break;
      case 1: rank_few<1>(rank, i); break;
      default: break;
    }
  }

  // Deals out anew the ranks of the keys in slots that hold several fine keys. After all ranks.
  void settle(uint16_t* rank) {
    if (window_->all_fine) {
      list_all(rank);
    } else {
      list_shared(rank);
    }
    for (int64_t g = 0; g < groups_; ++g) {
      const int64_t m = count_[group_[g]];
      const int64_t first = below_[group_[g]] - m;
      sort_group(sorted_ + first, m);
      for (int64_t t = first; t < first + m; ++t) rank[static_cast<uint32_t>(sorted_[t])] = static_cast<uint16_t>(t);
    }
  }

  bool has_zeros() const { return zeros_ > 0; }

 private:
  template <int N>
  inline __attribute__((always_inline)) void rank_few(uint16_t* rank, int64_t i) {
    uint32_t slot[N];
    uint16_t r[N];
    for (int l = 0; l < N; ++l) slot[l] = slot_[i + l];
    for (int l = 0; l < N; ++l) {
      r[l] = below_[slot[l]];
      below_[slot[l]] = static_cast<uint16_t>(r[l] + 1);
    }
    for (int l = 0; l < N; ++l) rank[i + l] = r[l];
  }

  uint32_t key_at(int64_t i) const {
    uint32_t word;
    std::memcpy(&word, word_ + 4 * i, 4);
    word &= mask_;
    return word < limit_ ? word : limit_;
  }

  // 8 or 16 binades, farther down than up from the mean of the logarithms, as distributions of magnitudes reach. How much the leading bits must
  // tell depends on how many of the keys are not even.
  Window choose() const {
    uint32_t sum = 0;  // of the upper halves, about the logarithms
    uint32_t zeros = 0;
    uint32_t over_16 = 0;
    uint32_t over_13 = 0;
    for (int64_t i = 0; i < n_; ++i) {
      const uint32_t k = key_at(i);
      sum += k >> 16;
      zeros += k == 0;
      over_16 += (k & 0xFFFFu) != 0;
      over_13 += (k & 0x1FFFu) != 0;
    }
    const auto n = static_cast<uint32_t>(n_);
    const int large = n > 2048;
    constexpr int kRows = 15;
    Window w{16, 2048 << large, false, 0, kRows};
    if (over_13 > n / 4) {
      w = {13 - large, 8192 << large, true, 0, 0};  // no count of fine keys will tell when rows change
    } else if (over_16 > n / 8) {
      w = {14 - large, 8192 << large, false, 0, kRows};
    }
    const uint32_t center = (zeros < n ? sum / (n - zeros) << 16 : 0) >> w.shift;
    w.least = center > w.codes() / 8 * 5 ? center - w.codes() / 8 * 5 : 0;
    return w;
  }

  // The slot of each element.
  void assign(const Window& w) {
    // Whole vectors of words only: the rest is copied to where there is room.
    const int64_t whole = n_ / kHalvesLanes * kHalvesLanes;
    uint32_t rest[kHalvesLanes] = {};
    std::memcpy(rest, word_ + 4 * whole, static_cast<size_t>(4 * (n_ - whole)));
    if (w.shift == 16) {
      assign_halves(w, slot_, word_, whole);
      assign_halves(w, slot_ + whole, rest, kHalvesLanes);
    } else {
      assign_words(w, slot_, word_, whole);
      assign_words(w, slot_ + whole, rest, kHalvesLanes);
    }
  }

  // Keys above the window become fine keys of its last slot, keys below, and all of the first slot, as there are smaller ones among them, fine
  // keys of the first. Zeros, often very many, are spread over slots past the table, lest each wait for the one before.

  void assign_words(const Window& w, uint16_t* slot, const void* words, int64_t n) const {
    const uint32_t end = w.least + w.codes();
    const Words bottom = every_word((w.least << w.shift) + 1);
    const Words top = every_word(end > 0xFFFFFFFFu >> w.shift ? 0xFFFFFFFFu : (end << w.shift) - 1);
    const Words origin = every_word(w.least << w.shift);
    const Words low_bits = every_word((1u << w.shift) - 1);
    const int step_bits = __builtin_ctz(static_cast<unsigned>(w.slots / kSlotLanes));
    const Words step_mask = every_word((1u << step_bits) - 1);
    for (int64_t i = 0; i < n; i += kWordLanes) {
      const Words key = bits_in_both(load_words(static_cast<const char*>(words) + 4 * i), every_word(mask_));
      const Words inside = smaller_of(larger_of(key, bottom), top);
      Words s = shifted_right(minus(inside, origin), w.shift);
      if (!w.all_fine) s = one_more(has_any(inside, low_bits), plus(s, s));
      s = bits_in_either(shifted_left(bits_in_both(s, step_mask), __builtin_ctz(kSlotLanes)), shifted_right(s, step_bits));
      const auto past = static_cast<uint32_t>(w.slots) + (static_cast<uint32_t>(i) & (kSlotLanes - kWordLanes));
      store_halves(slot + i, select(equal(key, every_word(0)), words_from(past), s));
    }
  }

  // The same for a shift of 16, on twice as many lanes.
  void assign_halves(const Window& w, uint16_t* slot, const void* words, int64_t n) const {
    const Halves least = every_half(static_cast<uint16_t>(w.least));
    const Halves last = every_half(static_cast<uint16_t>(w.codes() - 1));
    const Halves mask = every_half(static_cast<uint16_t>(mask_ >> 16));
    const Halves one = every_half(1);
    const Halves past = halves_from(static_cast<uint16_t>(w.slots));
    const int step_bits = __builtin_ctz(static_cast<unsigned>(w.slots / kSlotLanes));
    const Halves step_mask = every_half(static_cast<uint16_t>((1u << step_bits) - 1));
    for (int64_t i = 0; i < n; i += kHalvesLanes) {
      Halves upper, lower;
      split_words(static_cast<const char*>(words) + 4 * i, upper, lower);
      upper = upper & mask;
      const Halves place = minus_saturated(upper, least);
      const Halves code = smaller_of(place, last);
      const Halves fine = smaller_of(lower | (place - code), one);
      Halves s = larger_of(code + code + fine, one);
      s = ((s & step_mask) << __builtin_ctz(kSlotLanes)) | (s >> step_bits);
      store_halves(slot + i, if_zero(upper | lower, past, s));
    }
  }

  void add_up() {
    const int steps = slots_ / kSlotLanes;
    const auto* count = reinterpret_cast<const SlotLanes*>(count_);
    auto* below = reinterpret_cast<SlotLanes*>(below_);
    SlotLanes sum = {};
    for (int s = 0; s < steps; ++s) sum += count[s];
    const SlotLanes of_zeros = count[steps];
    zeros_ = 0;
    for (int l = 0; l < kSlotLanes; ++l) zeros_ += of_zeros[l];
    uint32_t before = zeros_;
    for (int l = 0; l < kSlotLanes; ++l) {
      const uint32_t lane = sum[l];
      sum[l] = static_cast<uint16_t>(before);
      before += lane;
    }
    for (int s = 0; s < steps; ++s) {
      below[s] = sum;
      sum += count[s];
    }
    below[steps] = SlotLanes{};  // of the zeros
  }

  // The key at i takes its place among the keys to sort.
  void list(const uint16_t* rank, int64_t i) { sorted_[rank[i]] = static_cast<uint64_t>(key_at(i)) << 32 | static_cast<uint64_t>(i); }

  // Fine keys that share a slot take their places, and their slots are found on the way. Without branches, for which keys are fine and which
  // slots are shared cannot be guessed.
  void list_shared(const uint16_t* rank) {
    int64_t fine = 0;
    Words index = words_from(0);
    for (int64_t i = 0; i < n_; i += kHalvesLanes) {
      const uint32_t lanes = lanes_with(slot_ + i, kSlotLanes);  // odd slots
      for (int first = 0; first < kHalvesLanes; first += kWordLanes) {
        fine += append_selected(fine_ + fine, index, lanes >> first & ((1u << kWordLanes) - 1));
        index = plus(index, every_word(kWordLanes));
      }
    }
    int64_t shared = 0;
    for (int64_t f = 0; f < fine; ++f) {
      const uint32_t i = fine_[f];
      fine_[shared] = i;
      shared += count_[slot_[i]] > 1;
    }
    groups_ = 0;
    for (int64_t f = 0; f < shared; ++f) {
      const uint32_t i = fine_[f];
      list(rank, i);
      add_group_of_first(rank, i);
    }
    if (groups_ > n_ / 32) window_->rows = 0;  // very many: time to choose another window, for the next row
  }

  // The same where all keys are fine.
  void list_all(const uint16_t* rank) {
    const uint32_t fewest = slots_ >= 8 * n_ ? 2 : 0;  // few keys share a slot: then a branch that skips the others is guessed right
    groups_ = 0;
    for (int64_t i = 0; i < n_; ++i) {
      if (count_[slot_[i]] < fewest) continue;
      list(rank, i);
      add_group_of_first(rank, i);
    }
  }

  // Once for each slot of several keys that are not zero.
  inline __attribute__((always_inline)) void add_group_of_first(const uint16_t* rank, int64_t i) {
    const uint32_t slot = slot_[i];
    const uint32_t m = count_[slot];
    group_[groups_] = static_cast<uint16_t>(slot);
    const bool first_of_slot = rank[i] + m == below_[slot];
    groups_ += (m > 1) & first_of_slot & (slot < static_cast<uint32_t>(slots_));
  }

  Window* window_ = nullptr;
  const char* word_ = nullptr;
  uint32_t mask_ = 0;
  uint32_t limit_ = 0;
  int64_t n_ = 0;
  uint64_t* sorted_;
  uint16_t* group_;
  uint16_t* slot_;
  uint16_t* count_;
  uint16_t* below_;
  uint32_t* fine_;
  int64_t groups_ = 0;
  uint32_t zeros_ = 0;
  int slots_ = 0;
};

// Rows of any length, as 32-bit ranks, by the ways that suit short and very long ones.

// By counting.
inline void rank_short_row(uint32_t* rank, const uint32_t* key, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    uint32_t r = 0;
    for (int64_t j = 0; j < n; ++j) r += (key[j] < key[i]) | ((key[j] == key[i]) & (j < i));
    rank[i] = r;
  }
}
constexpr int64_t kShortRow = 48;

// One stable counting pass of a radix sort on the digit at `shift`.
inline void radix_pass(uint64_t* to, const uint64_t* from, int64_t n, int shift) {
  constexpr int64_t kDigits = 2048;
  uint32_t cursor[kDigits];
  std::memset(cursor, 0, sizeof cursor);
  for (int64_t i = 0; i < n; ++i) ++cursor[from[i] >> shift & (kDigits - 1)];
  uint32_t sum = 0;
  for (uint32_t& c : cursor) {
    const uint32_t count = c;
    c = sum;
    sum += count;
  }
  for (int64_t i = 0; i < n; ++i) to[cursor[from[i] >> shift & (kDigits - 1)]++] = from[i];
}

// By sorting pairs of key and index; n < 2^32, 16 n bytes of memory.
inline void rank_long_row(uint32_t* rank, const uint32_t* key, int64_t n, void* memory) {
  auto* a = static_cast<uint64_t*>(memory);
  auto* b = a + n;
  for (int64_t i = 0; i < n; ++i) a[i] = static_cast<uint64_t>(key[i]) << 32 | static_cast<uint64_t>(i);
  radix_pass(b, a, n, 32);
  radix_pass(a, b, n, 43);
  radix_pass(b, a, n, 54);
  for (int64_t i = 0; i < n; ++i) rank[static_cast<uint32_t>(b[i])] = static_cast<uint32_t>(i);
}

}  // namespace
}  // namespace wz::WZ_ISA
