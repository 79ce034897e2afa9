// Which table is in use. Chosen once: WOOTZ_ISA where the environment has it, else the best that build and processor share.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>
#include "base/cpu_features.h"
#include "capi/check.h"
#include "capi/table.h"

namespace wz {
#if WZ_HAS_AVX512
namespace avx512 { const Table& table(); }
#endif
#if WZ_HAS_AVX2
namespace avx2 { const Table& table(); }
#endif
#if WZ_HAS_NEON
namespace neon { const Table& table(); }
#endif
namespace reference { const Table& table(); }

namespace {

// Best first; the reference, which runs anywhere, is last.
const std::vector<const Table*>& usable() {
  static const std::vector<const Table*> tables = [] {
    std::vector<const Table*> t;
#if WZ_HAS_AVX512
    if (cpu_has_avx512()) t.push_back(&avx512::table());
#endif
#if WZ_HAS_AVX2
    if (cpu_has_avx2()) t.push_back(&avx2::table());
#endif
#if WZ_HAS_NEON
    t.push_back(&neon::table());
#endif
    t.push_back(&reference::table());
    return t;
  }();
  return tables;
}

const Table* find(const char* isa) {
  for (const Table* t : usable()) {
    if (std::strcmp(t->isa, isa) == 0) return t;
  }
  return nullptr;
}

// A WOOTZ_ISA that this processor does not have is not obeyed: an operation cannot fail for it, and wz_cpu_isa shows what is in use.
const Table* choose() {
  const char* wanted = std::getenv("WOOTZ_ISA");
  const Table* named = wanted != nullptr ? find(wanted) : nullptr;
  return named != nullptr ? named : usable().front();
}

std::atomic<const Table*>& current() {
  static std::atomic<const Table*> table{choose()};
  return table;
}

}  // namespace

const Table& active() { return *current().load(std::memory_order_relaxed); }

}  // namespace wz

const char* wz_cpu_isa(void) { return wz::active().isa; }

const char* wz_cpu_available(void) {
  static const std::string names = [] {
    std::string joined;
    for (const wz::Table* t : wz::usable()) joined += (joined.empty() ? "" : ",") + std::string(t->isa);
    return joined;
  }();
  return names.c_str();
}

wz_status wz_cpu_use(const char* isa) {
  return wz::guarded("wz_cpu_use", [&](const wz::Check& check) {
    check.pointer("isa", isa);
    const wz::Table* table = wz::find(isa);
    if (table == nullptr) check.refuse(WZ_UNSUPPORTED, std::string("isa: found \"") + isa + "\", expected one of " + wz_cpu_available());
    wz::current().store(table, std::memory_order_relaxed);
  });
}
