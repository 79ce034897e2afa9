// Generalised task arithmetic.
#include <memory>
#include <string>
#include "base/gta_scratch.h"
#include "base/memory.h"
#include "capi/check.h"
#include "capi/table.h"

using wz::Check;

namespace {

std::string name_of(int32_t model, const char* field) { return "models[" + std::to_string(model) + "]." + field; }

void check_probability(const Check& check, int32_t model, double density, double epsilon) {
  if (density - epsilon >= 0 && density + epsilon <= 1 && epsilon >= 0) return;
  check.refuse(WZ_INVALID_ARGUMENT, name_of(model, "density") + ": found " + std::to_string(density) +
                                        (epsilon != 0 ? " with epsilon " + std::to_string(epsilon) : "") +
                                        ", expected 0 <= density - epsilon and density + epsilon <= 1");
}

void check_range(const Check& check, int32_t model, const wz_gta_model& m) {
  if (m.low > m.high) {
    check.refuse(WZ_INVALID_ARGUMENT, name_of(model, "low") + ": found " + std::to_string(m.low) + ", expected at most high, which is " +
                                          std::to_string(m.high));
  }
  check.count(name_of(model, "low_ties").c_str(), m.low_ties);
  check.count(name_of(model, "high_ties").c_str(), m.high_ties);
  check.count(name_of(model, "low_seen").c_str(), m.low_seen);
  check.count(name_of(model, "high_seen").c_str(), m.high_seen);
}

void check_model(const Check& check, int32_t i, const wz_gta_model& m, int64_t n) {
  check.pointer(name_of(i, "x").c_str(), m.x, n);
  check.input(name_of(i, "dtype").c_str(), m.dtype);
  check.number(name_of(i, "weight").c_str(), m.weight);
  check.number(name_of(i, "rescale").c_str(), m.rescale);
  switch (m.sparsifier) {
    case WZ_KEEP_ALL: break;
    case WZ_KEEP_RANGE: check_range(check, i, m); break;
    case WZ_KEEP_RANDOM: check_probability(check, i, m.density, 0); break;
    case WZ_KEEP_RANKED: check_probability(check, i, m.density, m.epsilon); break;
    case WZ_KEEP_MASK: check.pointer(name_of(i, "mask").c_str(), m.mask, n); break;
    default:
      check.refuse(WZ_INVALID_ARGUMENT, name_of(i, "sparsifier") + ": found " + std::to_string(m.sparsifier) + ", expected a wz_sparsifier, 0 to 4");
  }
}

// Rows are whole and begin where the tensor's rows begin.
void check_rows(const Check& check, const wz_gta& gta, int64_t n) {
  check.at_least("cols", gta.cols, 1);
  if (gta.cols > UINT32_MAX) {
    check.refuse(WZ_UNSUPPORTED, "cols: found " + std::to_string(gta.cols) + ", expected less than 2^32 where a model is RANKED");
  }
  if (n % gta.cols != 0 || gta.first % gta.cols != 0) {
    check.refuse(WZ_SHAPE_MISMATCH, "n, first: found " + std::to_string(n) + ", " + std::to_string(gta.first) + ", expected multiples of cols " +
                                        std::to_string(gta.cols) + " where a model is RANKED");
  }
}

using Memory = std::unique_ptr<void, void (*)(void*)>;

// Checks what both operations share; returns memory for the scratch space if the caller gave none.
Memory checked(const Check& check, const wz_gta* gta, const wz_gta_model* models, int32_t count, int64_t n, const void* scratch) {
  check.pointer("gta", gta);
  check.count("n", n);
  check.at_least("count", count, 1);
  check.pointer("models", models, count);
  check.input("base_dtype", gta->base_dtype);
  check.pointer("base", gta->base, n);
  check.arithmetic(gta->arithmetic);
  check.count("first", gta->first);
  bool ranked = false;
  for (int32_t i = 0; i < count; ++i) {
    check_model(check, i, models[i], n);
    ranked = ranked || models[i].sparsifier == WZ_KEEP_RANKED;
  }
  if (ranked) check_rows(check, *gta, n);
  if (reinterpret_cast<uintptr_t>(scratch) % 64 != 0) check.refuse(WZ_INVALID_ARGUMENT, "scratch: expected an address that is a multiple of 64");
  Memory memory(nullptr, wz::release);
  if (scratch == nullptr) {
    memory.reset(wz::allocate(wz::gta_scratch(ranked ? gta->cols : 0, count).bytes));
    if (memory == nullptr) throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

wz_status wz_merge_gta(const wz_gta* gta, const wz_gta_model* models, int32_t count, int64_t n, void* scratch) {
  return wz::guarded("wz_merge_gta", [&](const Check& check) {
    const Memory own = checked(check, gta, models, count, n, scratch);
    check.output("out_dtype", gta->out_dtype);
    check.pointer("out", gta->out, n);
    check.number("lambda", gta->lambda);
    if (n > 0) wz::active().gta(*gta, models, count, n, scratch != nullptr ? scratch : own.get());
  });
}

int64_t wz_merge_gta_scratch(int64_t cols, int32_t count) {
  return wz::gta_scratch(cols > 0 ? cols : 0, count > 0 ? count : 0).bytes;
}

wz_status wz_merge_gta_l1(double* sums, const wz_gta* gta, const wz_gta_model* models, int32_t count, int64_t n, void* scratch) {
  return wz::guarded("wz_merge_gta_l1", [&](const Check& check) {
    const Memory own = checked(check, gta, models, count, n, scratch);
    check.pointer("sums", sums, 2 * int64_t{count});
    if (n > 0) wz::active().gta_l1(sums, *gta, models, count, n, scratch != nullptr ? scratch : own.get());
  });
}
