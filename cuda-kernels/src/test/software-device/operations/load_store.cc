// ld and st of every width and vector.
#include <cstring>
#include "machine/block.h"
#include "operations/memory.h"

namespace wz::software {
namespace {

template <class T>
T read(u64 address) {
  T v;
  std::memcpy(&v, reinterpret_cast<const void*>(address), sizeof v);
  return v;
}
template <class T>
void write(u64 address, T v) {
  std::memcpy(reinterpret_cast<void*>(address), &v, sizeof v);
}

template <class M, class R>
void load(Warp& w, const Instruction& i) {
  Lanes a;
  addresses(w, i, i.vector, i.immediate, &a);
  resolve(w, i, i.space, w.exec, i.bytes * i.vector, Use::kRead, &a);
  for (int v = 0; v < i.vector; ++v) {
    R* d = out<R>(w, i.r[v]);
    const u64 plus = static_cast<u64>(v) * sizeof(M);
    if (w.exec == kAllLanes) {
      for (int l = 0; l < kLanes; ++l) d[l] = static_cast<R>(read<M>(a.address[l] + plus));
    } else {
      for (u32 m = w.exec; m != 0; m &= m - 1) {
        const int l = __builtin_ctz(m);
        d[l] = static_cast<R>(read<M>(a.address[l] + plus));
      }
    }
  }
}
template <class M, class R>
void store(Warp& w, const Instruction& i) {
  Lanes a;
  addresses(w, i, 0, i.immediate, &a);
  resolve(w, i, i.space, w.exec, i.bytes * i.vector, Use::kWrite, &a);
  for (int v = 0; v < i.vector; ++v) {
    const R* s = in<R>(w, i.r[1 + v]);
    const u64 plus = static_cast<u64>(v) * sizeof(M);
    for (u32 m = w.exec; m != 0; m &= m - 1) {
      const int l = __builtin_ctz(m);
      write<M>(a.address[l] + plus, static_cast<M>(s[l]));
    }
  }
}

template <class M, class S>
Handler chosen(bool is_store, bool sign, int width) {
  using T = std::conditional_t<true, M, S>;
  if (is_store) return width == 2 ? store<T, u16> : width == 4 ? store<T, u32> : store<T, u64>;
  if (sign) return width == 2 ? load<S, u16> : width == 4 ? load<S, u32> : load<S, u64>;
  return width == 2 ? load<T, u16> : width == 4 ? load<T, u32> : load<T, u64>;
}

Class class_of(Space s) {
  return s == Space::kShared ? Class::kShared : s == Space::kLocal ? Class::kLocal : s == Space::kParam ? Class::kParameter : Class::kGlobal;
}

}  // namespace

Handler data_handler(const MemoryForm& form, int width) {
  if (form.handler != nullptr) return form.handler;
  switch (form.bytes) {
    case 1: return chosen<u8, s8>(form.store, form.sign, width);
    case 2: return chosen<u16, s16>(form.store, form.sign, width);
    case 4: return chosen<u32, s32>(form.store, form.sign, width);
    default: return chosen<u64, s64>(form.store, form.sign, width);
  }
}

void add_load_store_forms(MemoryForms& f) {
  static const std::pair<const char*, int> kTypes[] = {{"b8", 1},  {"u8", 1},  {"s8", 1},  {"b16", 2}, {"u16", 2}, {"s16", 2}, {"b32", 4}, {"u32", 4},
                                                       {"s32", 4}, {"f32", 4}, {"b64", 8}, {"u64", 8}, {"s64", 8}, {"f64", 8}};
  static const std::pair<const char*, Space> kSpaces[] = {{"", Space::kGeneric},       {".global", Space::kGlobal}, {".shared", Space::kShared},
                                                          {".local", Space::kLocal}, {".param", Space::kParam},   {".const", Space::kConst}};
  for (const auto& [space_name, space] : kSpaces) {
    for (const auto& [type, bytes] : kTypes) {
      for (const int vector : {1, 2, 4}) {
        if (bytes * vector > 16) continue;
        MemoryForm form;
        form.space = space;
        form.bytes = bytes;
        form.vector = vector;
        form.sign = type[0] == 's';
        form.cls = class_of(space);
        form.signature = "D@";
        const std::string rest = std::string(space_name) + (vector == 1 ? "" : vector == 2 ? ".v2" : ".v4") + "." + type;
        f.add("ld" + rest, form);
        if (space == Space::kGlobal) f.add("ldu" + rest, form);
        form.store = true;
        form.signature = "@d";
        if (space != Space::kConst) f.add("st" + rest, form);
      }
    }
  }
}

}  // namespace wz::software
