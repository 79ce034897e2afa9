#include "op_test.h"
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <sstream>

namespace wz::test {
namespace {

constexpr int64_t kGuard = 64;
constexpr unsigned char kGuardByte = 0xA5;
constexpr unsigned char kPoison = 0x5C;

std::string text(double v) {
  std::ostringstream s;
  s.precision(17);
  s << v;
  return s.str();
}

uint64_t bits(const Array& a, int64_t i) {
  uint64_t b = 0;
  std::memcpy(&b, static_cast<const char*>(a.data()) + i * wz_dtype_bytes(a.dtype()), static_cast<size_t>(wz_dtype_bytes(a.dtype())));
  return b;
}

}  // namespace

Array::Array(int32_t dtype, int64_t n, int shift) : dtype_(dtype), n_(n), offset_(kGuard + shift) {
  bytes_.assign(static_cast<size_t>(2 * kGuard + shift + n * wz_dtype_bytes(dtype)), kGuardByte);
  std::memset(data(), kPoison, static_cast<size_t>(bytes()));
}

double Array::get(int64_t i) const {
  double v = 0;
  const UseIsa reference("reference");
  EXPECT_EQ(WZ_OK, wz_convert(&v, WZ_F64, static_cast<const char*>(data()) + i * wz_dtype_bytes(dtype_), dtype_, 1));
  return v;
}

void Array::set(int64_t i, double v) {
  const UseIsa reference("reference");
  EXPECT_EQ(WZ_OK, wz_convert(static_cast<char*>(data()) + i * wz_dtype_bytes(dtype_), dtype_, &v, WZ_F64, 1));
}

bool Array::guards_intact() const {
  for (int64_t i = 0; i < offset_; ++i) {
    if (bytes_[static_cast<size_t>(i)] != kGuardByte) return false;
  }
  for (size_t i = static_cast<size_t>(offset_ + bytes()); i < bytes_.size(); ++i) {
    if (bytes_[i] != kGuardByte) return false;
  }
  return true;
}

Array smooth_array(int32_t dtype, int64_t n, uint64_t seed, double scale) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Array a(dtype, n);
  for (int64_t i = 0; i < n; ++i) a.set(i, scale * normal(random));
  return a;
}

Array random_array(int32_t dtype, int64_t n, uint64_t seed, int shift) {
  const double inf = std::numeric_limits<double>::infinity();
  const double awkward[] = {0.0,      -0.0,      1e-45,   -1e-45, 1e-39,  -3e-40,   6e-8,   -6e-8, 1e-5, 3.4e38, -3.4e38, 65504,
                            -65504, 1e-300, 1e300, inf,    -inf,   std::nan(""), 448,    1.0,   1.0,  -1.0,   57344,   0.5};
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Array a(dtype, n, shift);
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t r = random();
    const double scale = dtype >= WZ_I8 ? 100 : 1;
    a.set(i, r % 16 == 0 ? awkward[r / 16 % std::size(awkward)] : scale * normal(random));
  }
  return a;
}

std::vector<wz_model> models_of(const std::vector<Array>& arrays) {
  std::vector<wz_model> models;
  for (const Array& a : arrays) models.push_back(a.model());
  return models;
}

::testing::AssertionResult same_values(const Array& expected, const Array& actual) {
  if (expected.dtype() != actual.dtype() || expected.size() != actual.size()) return ::testing::AssertionFailure() << "not the same type";
  for (int64_t i = 0; i < expected.size(); ++i) {
    if (bits(expected, i) == bits(actual, i)) continue;
    if (expected.dtype() < WZ_I8 && std::isnan(expected.get(i)) && std::isnan(actual.get(i))) continue;
    return ::testing::AssertionFailure() << "element " << i << " of " << expected.size() << ": expected " << text(expected.get(i))
                                         << " (bits " << std::hex << bits(expected, i) << "), found " << text(actual.get(i)) << " (bits "
                                         << bits(actual, i) << ")";
  }
  return ::testing::AssertionSuccess();
}

std::vector<std::string> fast_isas() {
  std::vector<std::string> names;
  std::istringstream available(wz_cpu_available());
  for (std::string name; std::getline(available, name, ',');) {
    if (name != "reference") names.push_back(name);
  }
  return names;
}

UseIsa::UseIsa(const std::string& isa) : before_(wz_cpu_isa()) { EXPECT_EQ(WZ_OK, wz_cpu_use(isa.c_str())) << wz_last_error(); }
UseIsa::~UseIsa() { wz_cpu_use(before_.c_str()); }

Array result_of(int32_t dtype, int64_t n, const Run& run) {
  Array out(dtype, n);
  EXPECT_EQ(WZ_OK, run(out.data())) << wz_last_error();
  EXPECT_TRUE(out.guards_intact()) << "written outside the output";
  return out;
}

void expect_isas_agree(int32_t dtype, int64_t n, const Run& run, const std::vector<int>& shifts) {
  expect_isas_agree_adding(Array(dtype, n), run, shifts);
}

void expect_isas_agree_adding(const Array& initial, const Run& run, const std::vector<int>& shifts) {
  const auto run_on = [&](const std::string& isa, int shift) {
    const UseIsa use(isa);
    Array out(initial.dtype(), initial.size(), shift);
    if (initial.bytes() > 0) std::memcpy(out.data(), initial.data(), static_cast<size_t>(initial.bytes()));
    EXPECT_EQ(WZ_OK, run(out.data())) << isa << ": " << wz_last_error();
    EXPECT_TRUE(out.guards_intact()) << isa << " has written outside the output of " << initial.size() << " elements";
    return out;
  };
  const Array expected = run_on("reference", 0);
  for (const std::string& isa : fast_isas()) {
    for (int shift : shifts) {
      EXPECT_TRUE(same_values(expected, run_on(isa, shift))) << isa << ", output " << shift << " bytes off its alignment";
    }
  }
}

void expect_refused(wz_status status, wz_status actual, const std::vector<std::string>& pieces) {
  EXPECT_EQ(status, actual);
  const std::string message = wz_last_error();
  for (const std::string& piece : pieces) {
    EXPECT_NE(std::string::npos, message.find(piece)) << "\"" << message << "\" does not contain \"" << piece << "\"";
  }
}

}  // namespace wz::test
