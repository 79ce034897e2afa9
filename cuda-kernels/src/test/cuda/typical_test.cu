// What nvcc makes of the usual kinds of device code, against the host: reductions, scans, selection by digits, counters of finished blocks, random
// numbers, unpacking of quantized weights, rotations, half precision, integer tricks, library functions, calls and switches. Nothing of Wootz is
// used: this tests the device, and above all the one in software.
#include <cuda_bf16.h>
// Long because each kind is a kernel, its host version and its cases, which are read together; nothing is shared but the arrays at the top.
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <cuda_pipeline.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace {

template <class T>
class OnDevice {
 public:
  explicit OnDevice(const std::vector<T>& host) : n_(host.size()) {
    EXPECT_EQ(cudaMalloc(&data_, n_ * sizeof(T)), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(data_, host.data(), n_ * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
  }
  OnDevice(const OnDevice&) = delete;
  ~OnDevice() { cudaFree(data_); }
  T* get() { return data_; }
  std::vector<T> host() {
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    std::vector<T> v(n_);
    EXPECT_EQ(cudaMemcpy(v.data(), data_, n_ * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
    return v;
  }

 private:
  T* data_ = nullptr;
  size_t n_;
};

class Typical : public ::testing::Test {
 protected:
  void SetUp() override {
    int n = 0;
    if (cudaGetDeviceCount(&n) != cudaSuccess || n == 0) GTEST_SKIP() << "no CUDA device";
  }
  std::mt19937 random{7};
  std::vector<float> normal(size_t n) {
    std::normal_distribution<float> d;
    std::vector<float> v(n);
    for (float& x : v) x = d(random);
    return v;
  }
};

__device__ float warp_sum(float v) {
  for (int d = 16; d > 0; d /= 2) v += __shfl_xor_sync(0xFFFFFFFFu, v, d);
  return v;
}

// --- sums: warps, then the block, then the last block to finish adds what the others left.
__global__ void sum_last_block(const float* x, int n, float* parts, unsigned* ticket, float* out) {
  __shared__ float warps[8];
  __shared__ bool last;
  float s = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += x[i];
  s = warp_sum(s);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = s;
  __syncthreads();
  if (threadIdx.x < 32) {
    s = warp_sum(threadIdx.x < blockDim.x / 32 ? warps[threadIdx.x] : 0.0f);
    if (threadIdx.x == 0) {
      parts[blockIdx.x] = s;
      __threadfence();
      last = atomicAdd(ticket, 1u) == gridDim.x - 1;
    }
  }
  __syncthreads();
  if (!last) return;
  __threadfence();
  s = 0;
  for (int i = threadIdx.x; i < gridDim.x; i += blockDim.x) s += parts[i];
  s = warp_sum(s);
  if (threadIdx.x % 32 == 0) atomicAdd(out, s);
}
TEST_F(Typical, SumByTheLastBlock) {
  for (const int n : {1, 31, 257, 5000}) {
    const auto x = normal(n);
    OnDevice<float> dx(x), parts(std::vector<float>(7)), out({0.0f});
    OnDevice<unsigned> ticket({0u});
    sum_last_block<<<7, 256>>>(dx.get(), n, parts.get(), ticket.get(), out.get());
    double sum = 0, size = 0;
    for (const float v : x) sum += v, size += std::fabs(v);
    EXPECT_NEAR(out.host()[0], sum, 32 * 6e-8 * size);
    EXPECT_EQ(ticket.host()[0], 7u);
  }
}

// --- a row's softmax by one block.
__global__ void softmax(const float* x, int n, float* y) {
  __shared__ float shared[32];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
  const float* row = x + static_cast<size_t>(blockIdx.x) * n;
  float m = -INFINITY;
  for (int i = threadIdx.x; i < n; i += blockDim.x) m = fmaxf(m, row[i]);
  for (int d = 16; d > 0; d /= 2) m = fmaxf(m, __shfl_down_sync(0xFFFFFFFFu, m, d));
  if (lane == 0) shared[warp] = m;
  __syncthreads();
  m = shared[0];
  for (int w = 1; w < warps; ++w) m = fmaxf(m, shared[w]);
  float s = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) s += __expf(row[i] - m);
  s = warp_sum(s);
  __syncthreads();
  if (lane == 0) shared[warp] = s;
  __syncthreads();
  s = 0;
  for (int w = 0; w < warps; ++w) s += shared[w];
  for (int i = threadIdx.x; i < n; i += blockDim.x) y[static_cast<size_t>(blockIdx.x) * n + i] = __fdividef(__expf(row[i] - m), s);
}
TEST_F(Typical, Softmax) {
  for (const int n : {1, 33, 257, 1000}) {
    const auto x = normal(3 * n);
    OnDevice<float> dx(x), dy(std::vector<float>(3 * n));
    softmax<<<3, 128>>>(dx.get(), n, dy.get());
    const auto y = dy.host();
    for (int r = 0; r < 3; ++r) {
      double s = 0, m = -1e30;
      for (int i = 0; i < n; ++i) m = std::max<double>(m, x[r * n + i]);
      for (int i = 0; i < n; ++i) s += std::exp(x[r * n + i] - m);
      for (int i = 0; i < n; ++i) EXPECT_NEAR(y[r * n + i], std::exp(x[r * n + i] - m) / s, 1e-5 * std::exp(x[r * n + i] - m) / s);
    }
  }
}

// --- the k-th largest by radix: 8 bits a round, a histogram in shared memory.
__global__ void kth_largest(const float* x, int n, int k, uint32_t* result) {
  __shared__ unsigned histogram[256];
  __shared__ uint32_t prefix, rank;
  if (threadIdx.x == 0) prefix = 0, rank = k;
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (int i = threadIdx.x; i < 256; i += blockDim.x) histogram[i] = 0;
    __syncthreads();
    const uint32_t high = prefix;
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
      uint32_t key = __float_as_uint(x[i]);
      key = key & 0x80000000u ? ~key : key | 0x80000000u;
      if (shift == 24 || key >> (shift + 8) == high) atomicAdd(&histogram[key >> shift & 255], 1u);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int digit = 255;
      while (histogram[digit] < rank) rank -= histogram[digit--];
      prefix = prefix << 8 | digit;
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) *result = prefix;
}
TEST_F(Typical, KthLargest) {
  auto x = normal(3000);
  x[5] = -0.0f, x[6] = INFINITY, x[7] = -INFINITY;
  auto sorted = x;
  std::sort(sorted.begin(), sorted.end(), std::greater<float>());
  OnDevice<float> dx(x);
  for (const int k : {1, 2, 50, 1500, 3000}) {
    OnDevice<uint32_t> result({0u});
    kth_largest<<<1, 256>>>(dx.get(), 3000, k, result.get());
    uint32_t key = result.host()[0];
    key = key & 0x80000000u ? key & 0x7FFFFFFFu : ~key;
    float v;
    std::memcpy(&v, &key, 4);
    EXPECT_EQ(v, sorted[k - 1]) << k;
  }
}

// --- Philox 4x32-10.
__host__ __device__ inline uint32_t high_product(uint32_t a, uint32_t b) {
#ifdef __CUDA_ARCH__
  return __umulhi(a, b);
#else
  return static_cast<uint32_t>(static_cast<uint64_t>(a) * b >> 32);
#endif
}
__host__ __device__ inline void philox(uint32_t (&c)[4], uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const uint32_t h0 = high_product(0xD2511F53u, c[0]), l0 = 0xD2511F53u * c[0], h1 = high_product(0xCD9E8D57u, c[2]), l1 = 0xCD9E8D57u * c[2];
    c[0] = h1 ^ c[1] ^ k0, c[1] = l1, c[2] = h0 ^ c[3] ^ k1, c[3] = l0;
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
}
__global__ void random_numbers(uint64_t seed, uint32_t* bits, float* uniform, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  uint32_t c[4] = {static_cast<uint32_t>(i), 0, 0, 0};
  philox(c, static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
  reinterpret_cast<uint4*>(bits)[i] = make_uint4(c[0], c[1], c[2], c[3]);
  uniform[i] = static_cast<float>(c[0] >> 8) * 0x1p-24f;
}
TEST_F(Typical, Philox) {
  const int n = 77;
  OnDevice<uint32_t> bits(std::vector<uint32_t>(4 * n));
  OnDevice<float> uniform{std::vector<float>(n)};
  random_numbers<<<3, 32>>>(0x123456789ABCDEFull, bits.get(), uniform.get(), n);
  const auto b = bits.host();
  const auto u = uniform.host();
  for (int i = 0; i < n; ++i) {
    uint32_t c[4] = {static_cast<uint32_t>(i), 0, 0, 0};
    philox(c, 0x89ABCDEFu, 0x1234567u);
    for (int k = 0; k < 4; ++k) EXPECT_EQ(b[4 * i + k], c[k]);
    EXPECT_EQ(u[i], static_cast<float>(c[0] >> 8) * 0x1p-24f);
  }
}

// --- quantized blocks of GGUF to floats: the same code on both sides.
struct Q80 { __half d; int8_t q[32]; };
struct Q40 { __half d; uint8_t q[16]; };
struct Q4K { __half d, least; uint8_t scales[12], q[128]; };
__host__ __device__ inline float unpack(const Q80& b, int i) { return __half2float(b.d) * b.q[i]; }
__host__ __device__ inline float unpack(const Q40& b, int i) { return __half2float(b.d) * (static_cast<int>(b.q[i % 16] >> (i < 16 ? 0 : 4) & 15) - 8); }
__host__ __device__ inline float unpack(const Q4K& b, int i) {
  const int j = i / 32;
  const uint8_t* s = b.scales;
  const int scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
  const int least = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | (s[j] >> 6) << 4;
  const int q = b.q[i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4) & 15;
#ifdef __CUDA_ARCH__
  return __fsub_rn(__fmul_rn(__fmul_rn(__half2float(b.d), scale), q), __fmul_rn(__half2float(b.least), least));
#else
  volatile float a = __half2float(b.d) * scale, c = a * q, d = __half2float(b.least) * least;
  return c - d;
#endif
}
template <class Block, int N>
__global__ void unpack_all(const Block* blocks, int n, float* y) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) y[i] = unpack(blocks[i / N], i % N);
}
template <class Block, int N>
void test_unpack(std::mt19937& random) {
  std::vector<Block> blocks(9);
  for (Block& b : blocks) {
    auto* bytes = reinterpret_cast<uint8_t*>(&b);
    for (size_t k = 0; k < sizeof b; ++k) bytes[k] = static_cast<uint8_t>(random());
    bytes[1] = bytes[1] & 0x3F;  // finite scales
    if (sizeof(Block) == sizeof(Q4K)) bytes[3] = bytes[3] & 0x3F;
  }
  OnDevice<Block> d(blocks);
  OnDevice<float> y(std::vector<float>(9 * N));
  unpack_all<Block, N><<<2, 96>>>(d.get(), 9 * N, y.get());
  const auto found = y.host();
  for (int i = 0; i < 9 * N; ++i) ASSERT_EQ(found[i], unpack(blocks[i / N], i % N)) << i;
}
TEST_F(Typical, QuantizedBlocks) {
  test_unpack<Q80, 32>(random);
  test_unpack<Q40, 32>(random);
  test_unpack<Q4K, 256>(random);
}

// --- RoPE: sincosf of angles from tiny to huge (whose reduction uses local memory).
__global__ void rotate(float* x, const int* positions, int half, float log2_base) {
  const int t = blockIdx.x, i = threadIdx.x;
  if (i >= half) return;
  const float angle = positions[t] * exp2f(-log2_base * i / half);
  float s, c;
  sincosf(angle, &s, &c);
  float* row = x + static_cast<size_t>(t) * 2 * half;
  const float a = row[i], b = row[i + half];
  row[i] = a * c - b * s;
  row[i + half] = a * s + b * c;
}
TEST_F(Typical, Rotation) {
  const std::vector<int> positions = {0, 1, 100, 32767, 131071, 1 << 30};
  const int half = 33;
  const auto x = normal(positions.size() * 2 * half);
  OnDevice<float> dx(x);
  OnDevice<int> dp(positions);
  rotate<<<positions.size(), 64>>>(dx.get(), dp.get(), half, std::log2(1e6f));
  const auto y = dx.host();
  for (size_t t = 0; t < positions.size(); ++t) {
    for (int i = 0; i < half; ++i) {
      const double angle = static_cast<float>(positions[t]) * std::pow(2.0, -static_cast<double>(std::log2(1e6f)) * i / half);
      const double a = x[t * 2 * half + i], b = x[t * 2 * half + i + half], allowed = 1e-6 * std::max(1.0, angle) * (std::fabs(a) + std::fabs(b)) + 1e-6;
      EXPECT_NEAR(y[t * 2 * half + i], a * std::cos(angle) - b * std::sin(angle), allowed);
      EXPECT_NEAR(y[t * 2 * half + i + half], a * std::sin(angle) + b * std::cos(angle), allowed);
    }
  }
}

// --- an inclusive scan of a block, by warps.
__global__ void scan(const int* x, int n, int* y) {
  __shared__ int totals[32];
  const int i = threadIdx.x, lane = i % 32;
  int v = i < n ? x[i] : 0;
  for (int d = 1; d < 32; d *= 2) {
    const int o = __shfl_up_sync(0xFFFFFFFFu, v, d);
    if (lane >= d) v += o;
  }
  if (lane == 31) totals[i / 32] = v;
  __syncthreads();
  if (i < 32) {
    int t = i < blockDim.x / 32 ? totals[i] : 0;
    for (int d = 1; d < 32; d *= 2) {
      const int o = __shfl_up_sync(0xFFFFFFFFu, t, d);
      if (i >= d) t += o;
    }
    totals[i] = t;
  }
  __syncthreads();
  if (i >= 32) v += totals[i / 32 - 1];
  if (i < n) y[i] = v;
}
TEST_F(Typical, Scan) {
  for (const int n : {1, 31, 33, 257, 512}) {
    std::vector<int> x(n), expected(n);
    for (int& v : x) v = static_cast<int>(random() % 1000) - 500;
    for (int i = 0, s = 0; i < n; ++i) expected[i] = s += x[i];
    OnDevice<int> dx(x), dy(std::vector<int>(n, 0));
    scan<<<1, 512>>>(dx.get(), n, dy.get());
    EXPECT_EQ(dy.host(), expected) << n;
  }
}

// --- atomics of every width, on global and shared memory, with and without results.
__global__ void count_all(const uint32_t* x, int n, unsigned long long* sum, int* least, unsigned* bits, float* greatest, double* total, __half2* halves, __nv_bfloat162* brains) {
  __shared__ unsigned long long block_sum;
  __shared__ int block_least;
  if (threadIdx.x == 0) block_sum = 0, block_least = INT32_MAX;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    atomicAdd(&block_sum, static_cast<unsigned long long>(x[i]) << 8);
    atomicMin(&block_least, static_cast<int>(x[i]));
    atomicXor(bits, x[i]);
    const float v = static_cast<float>(static_cast<int>(x[i]));
    unsigned seen = __float_as_uint(*reinterpret_cast<volatile float*>(greatest));
    while (v > __uint_as_float(seen)) {
      const unsigned before = atomicCAS(reinterpret_cast<unsigned*>(greatest), seen, __float_as_uint(v));
      if (before == seen) break;
      seen = before;
    }
    atomicAdd(total, static_cast<double>(x[i]));
    atomicAdd(halves, __floats2half2_rn(1.0f, 2.0f));
    atomicAdd(brains, __floats2bfloat162_rn(1.0f, 0.5f));
  }
  __syncthreads();
  if (threadIdx.x == 0) atomicAdd(sum, block_sum), atomicMin(least, block_least);
}
TEST_F(Typical, Atomics) {
  std::vector<uint32_t> x(120);
  for (uint32_t& v : x) v = static_cast<uint32_t>(random());
  OnDevice<uint32_t> dx(x);
  OnDevice<unsigned long long> sum({0ull});
  OnDevice<int> least({INT32_MAX});
  OnDevice<unsigned> bits({0u});
  OnDevice<float> greatest({-INFINITY});
  OnDevice<double> total({0.0});
  OnDevice<__half2> halves({__floats2half2_rn(0, 0)});
  OnDevice<__nv_bfloat162> brains({__floats2bfloat162_rn(0, 0)});
  count_all<<<2, 64>>>(dx.get(), 120, sum.get(), least.get(), bits.get(), greatest.get(), total.get(), halves.get(), brains.get());
  unsigned long long s = 0;
  int l = INT32_MAX;
  unsigned b = 0;
  float g = -INFINITY;
  double t = 0;
  for (const uint32_t v : x) s += static_cast<unsigned long long>(v) << 8, l = std::min(l, static_cast<int>(v)), b ^= v, g = std::max(g, static_cast<float>(static_cast<int>(v))), t += v;
  EXPECT_EQ(sum.host()[0], s);
  EXPECT_EQ(least.host()[0], l);
  EXPECT_EQ(bits.host()[0], b);
  EXPECT_EQ(greatest.host()[0], g);
  EXPECT_EQ(total.host()[0], t);
  EXPECT_EQ(__low2float(halves.host()[0]), 120.0f);
  EXPECT_EQ(__high2float(halves.host()[0]), 240.0f);
  EXPECT_EQ(__low2float(brains.host()[0]), 120.0f);
  EXPECT_EQ(__high2float(brains.host()[0]), 60.0f);
}

// --- half precision: pairs, comparisons, exponentials, fp8.
__global__ void halves(const float* a, const float* b, int n, float* y) {
  const int i = threadIdx.x;
  if (i >= n) return;
  const __half2 x = __floats2half2_rn(a[i], b[i]), z = __hfma2(x, __float2half2_rn(0.5f), __half2half2(__float2half(1.0f)));
  const __nv_bfloat162 p = __floats2bfloat162_rn(a[i], b[i]), q = __hfma2(p, p, __hmul2(p, __float2bfloat162_rn(0.25f)));
  float* row = y + 12 * i;
  row[0] = __low2float(z), row[1] = __high2float(z);
  row[2] = __low2float(__hmax2(x, z)), row[3] = __high2float(__hmin2(x, z));
  row[4] = __low2float(q), row[5] = __high2float(q);
  row[6] = __hlt(__low2half(x), __high2half(x)) ? 1.0f : __hgt(__low2half(x), __high2half(x)) ? 2.0f : 3.0f;
  row[7] = __low2float(h2exp2(x));
  row[8] = static_cast<float>(__nv_fp8_e4m3(a[i])), row[9] = static_cast<float>(__nv_fp8_e5m2(b[i]));
  row[10] = __bfloat162float(__hsub(__float2bfloat16(a[i]), __float2bfloat16(b[i])));
  row[11] = __half2float(__habs(__hneg(__int2half_rn(i * 3 - 40))));
}
float f16(float v) { return __half2float(__float2half(v)); }
float bf16(float v) { return __bfloat162float(__float2bfloat16(v)); }
TEST_F(Typical, HalfPrecision) {
  const auto a = normal(40), b = normal(40);
  OnDevice<float> da(a), db(b), dy(std::vector<float>(12 * 40));
  halves<<<1, 64>>>(da.get(), db.get(), 40, dy.get());
  const auto y = dy.host();
  for (int i = 0; i < 40; ++i) {
    const float x0 = f16(a[i]), x1 = f16(b[i]), z0 = f16(x0 * 0.5f + 1.0f), z1 = f16(x1 * 0.5f + 1.0f), p0 = bf16(a[i]), p1 = bf16(b[i]);
    const float* row = &y[12 * i];
    EXPECT_EQ(row[0], z0); EXPECT_EQ(row[1], z1);
    EXPECT_EQ(row[2], std::max(x0, z0)); EXPECT_EQ(row[3], std::min(x1, z1));
    EXPECT_EQ(row[4], bf16(static_cast<float>(static_cast<double>(p0) * p0 + bf16(p0 * 0.25f))));
    EXPECT_EQ(row[5], bf16(static_cast<float>(static_cast<double>(p1) * p1 + bf16(p1 * 0.25f))));
    EXPECT_EQ(row[6], x0 < x1 ? 1.0f : x0 > x1 ? 2.0f : 3.0f);
    EXPECT_NEAR(row[7], std::exp2(x0), std::exp2(x0) * 0x1p-9);
    EXPECT_EQ(row[8], static_cast<float>(__nv_fp8_e4m3(a[i]))); EXPECT_EQ(row[9], static_cast<float>(__nv_fp8_e5m2(b[i])));
    EXPECT_EQ(row[10], bf16(p0 - p1));
    EXPECT_EQ(row[11], std::fabs(static_cast<float>(i * 3 - 40)));
  }
}

// --- integers: products and quotients of 64 bits, bytes, fields, votes.
__global__ void integers(const uint64_t* a, const uint64_t* b, int n, uint64_t* y) {
  const int i = threadIdx.x;
  if (i >= n) return;
  const uint64_t u = a[i], v = b[i];
  const int64_t s = static_cast<int64_t>(u), t = static_cast<int64_t>(v);
  const uint32_t x = static_cast<uint32_t>(u), z = static_cast<uint32_t>(v);
  uint64_t* row = y + 20 * i;
  row[0] = u * v, row[1] = __umul64hi(u, v), row[2] = static_cast<uint64_t>(__mul64hi(s, t));
  row[3] = u / v, row[4] = u % v, row[5] = static_cast<uint64_t>(s / t), row[6] = static_cast<uint64_t>(s % t);
  row[7] = x / (z | 1), row[8] = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int>(x) % static_cast<int>(z | 1)));
  row[9] = u << (v & 63), row[10] = static_cast<uint64_t>(s >> (v & 63));
  row[11] = __byte_perm(x, z, 0x5173), row[12] = __funnelshift_l(x, z, static_cast<unsigned>(v >> 40)), row[13] = static_cast<uint64_t>(static_cast<int64_t>(__dp4a(static_cast<int>(x), static_cast<int>(z), 5)));
  row[14] = static_cast<uint64_t>(__clz(x)) << 32 | __popcll(u), row[15] = __brev(z), row[16] = static_cast<uint64_t>(__ffsll(static_cast<long long>(v)));
  row[17] = __vadd4(x, z), row[18] = __vmaxs2(x, z), row[19] = (u + v < u) + (static_cast<unsigned __int128>(u) * v + u >> 64);
}
TEST_F(Typical, Integers) {
  const int n = 48;
  std::mt19937_64 wide(3);
  std::vector<uint64_t> a(n), b(n);
  for (int i = 0; i < n; ++i) a[i] = wide() >> (i * 5 % 64), b[i] = (wide() >> (i * 11 % 64)) | 1;
  a[3] = uint64_t{1} << 63, a[4] = ~uint64_t{0}, b[5] = 3;
  OnDevice<uint64_t> da(a), db(b), dy(std::vector<uint64_t>(20 * n));
  integers<<<1, 64>>>(da.get(), db.get(), n, dy.get());
  const auto y = dy.host();
  for (int i = 0; i < n; ++i) {
    const uint64_t u = a[i], v = b[i];
    const int64_t s = static_cast<int64_t>(u), t = static_cast<int64_t>(v);
    const uint32_t x = static_cast<uint32_t>(u), z = static_cast<uint32_t>(v);
    const auto p = static_cast<unsigned __int128>(u) * v;
    const uint64_t* row = &y[20 * i];
    EXPECT_EQ(row[0], u * v); EXPECT_EQ(row[1], static_cast<uint64_t>(p >> 64)); EXPECT_EQ(row[2], static_cast<uint64_t>(static_cast<__int128>(s) * t >> 64));
    EXPECT_EQ(row[3], u / v); EXPECT_EQ(row[4], u % v); EXPECT_EQ(row[5], static_cast<uint64_t>(s / t)); EXPECT_EQ(row[6], static_cast<uint64_t>(s % t));
    EXPECT_EQ(row[7], x / (z | 1)); EXPECT_EQ(row[8], static_cast<uint64_t>(static_cast<int64_t>(x) << 32 >> 32 == 0 ? 0 : static_cast<int64_t>(static_cast<int>(x)) % static_cast<int>(z | 1)));
    EXPECT_EQ(row[9], u << (v & 63)); EXPECT_EQ(row[10], static_cast<uint64_t>(s >> (v & 63)));
    uint32_t bytes = 0, sums = 0;
    for (int k = 0; k < 4; ++k) {
      const int from = 0x5173 >> 4 * k & 15;
      bytes |= ((from < 4 ? x >> 8 * from : z >> 8 * (from - 4)) & 255) << 8 * k;
      sums |= ((x >> 8 * k) + (z >> 8 * k) & 255) << 8 * k;
    }
    EXPECT_EQ(row[11], bytes); EXPECT_EQ(row[17], sums);
    EXPECT_EQ(row[12], static_cast<uint32_t>((static_cast<uint64_t>(z) << 32 | x) << (v >> 40 & 31) >> 32));
    int dot = 5;
    for (int k = 0; k < 4; ++k) dot += static_cast<int8_t>(x >> 8 * k) * static_cast<int8_t>(z >> 8 * k);
    EXPECT_EQ(row[13], static_cast<uint64_t>(static_cast<int64_t>(dot)));
    EXPECT_EQ(row[14], static_cast<uint64_t>(x == 0 ? 32 : __builtin_clz(x)) << 32 | static_cast<unsigned>(__builtin_popcountll(u)));
    EXPECT_EQ(row[16], static_cast<uint64_t>(__builtin_ffsll(static_cast<long long>(v))));
    const uint32_t most = static_cast<uint16_t>(std::max(static_cast<int16_t>(x), static_cast<int16_t>(z))) | static_cast<uint32_t>(static_cast<uint16_t>(std::max(static_cast<int16_t>(x >> 16), static_cast<int16_t>(z >> 16)))) << 16;
    EXPECT_EQ(row[18], most);
    EXPECT_EQ(row[19], (u + v < u) + static_cast<uint64_t>(p + u >> 64));
  }
}

// --- lanes: votes, matches, reductions, counting barriers, in diverged code as well.
__global__ void lanes(const int* x, int* y) {
  const int i = threadIdx.x, v = x[i];
  int r = 0;
  if (v & 1) {
    r = __popc(__activemask()) + __reduce_add_sync(__activemask(), v);
  } else {
    r = -static_cast<int>(__reduce_max_sync(__activemask(), static_cast<unsigned>(v)));
  }
  __syncwarp();
  const unsigned same = __match_any_sync(0xFFFFFFFFu, v % 3);
  int* row = y + 6 * i;
  row[0] = r, row[1] = static_cast<int>(same), row[2] = static_cast<int>(__ballot_sync(0xFFFFFFFFu, v > 10));
  row[3] = __syncthreads_count(v > 10), row[4] = __syncthreads_and(v >= 0) * 2 + __syncthreads_or(v == 63), row[5] = __shfl_sync(0xFFFFFFFFu, v, 5, 8);
}
TEST_F(Typical, Lanes) {
  std::vector<int> x(64);
  for (int& v : x) v = static_cast<int>(random() % 64);
  x[40] = 63;
  OnDevice<int> dx(x), dy(std::vector<int>(6 * 64));
  lanes<<<1, 64>>>(dx.get(), dy.get());
  const auto y = dy.host();
  int count = 0;
  for (const int v : x) count += v > 10;
  for (int i = 0; i < 64; ++i) {
    const int base = i / 32 * 32;
    int odd = 0, sum = 0, most = 0;
    unsigned same = 0, ballot = 0;
    for (int l = 0; l < 32; ++l) {
      const int v = x[base + l];
      if (v & 1) ++odd, sum += v;
      else most = std::max(most, v);
      same |= v % 3 == x[i] % 3 ? 1u << l : 0;
      ballot |= v > 10 ? 1u << l : 0;
    }
    EXPECT_EQ(y[6 * i], x[i] & 1 ? odd + sum : -most) << i;
    EXPECT_EQ(static_cast<unsigned>(y[6 * i + 1]), same); EXPECT_EQ(static_cast<unsigned>(y[6 * i + 2]), ballot);
    EXPECT_EQ(y[6 * i + 3], count); EXPECT_EQ(y[6 * i + 4], 3); EXPECT_EQ(y[6 * i + 5], x[i / 8 * 8 + 5]);
  }
}

// --- library functions in float and double.
__global__ void functions(const float* x, int n, double* y) {
  const int i = threadIdx.x;
  if (i >= n) return;
  const float v = x[i];
  const double d = v;
  double* row = y + 20 * i;
  row[0] = expf(v), row[1] = logf(fabsf(v)), row[2] = tanhf(v), row[3] = erff(v), row[4] = powf(fabsf(v), 1.7f), row[5] = sinf(v), row[6] = cosf(v), row[7] = rsqrtf(fabsf(v)), row[8] = sqrtf(fabsf(v)), row[9] = cbrtf(v);
  row[10] = fmodf(v, 0.37f), row[11] = log1pf(fabsf(v)), row[12] = expm1f(v), row[13] = 1.0f / v, row[14] = rintf(v * 10), row[15] = exp(d), row[16] = log(fabs(d)), row[17] = sin(d * 1000), row[18] = sqrt(fabs(d)), row[19] = pow(fabs(d), 0.3);
}
TEST_F(Typical, Functions) {
  auto x = normal(60);
  x[0] = 1e-20f, x[1] = -30, x[2] = 88, x[3] = 1e5f;
  OnDevice<float> dx(x);
  OnDevice<double> dy(std::vector<double>(20 * 60));
  functions<<<1, 64>>>(dx.get(), 60, dy.get());
  const auto y = dy.host();
  for (int i = 0; i < 60; ++i) {
    const double d = x[i], a = std::fabs(d);
    const double expected[20] = {std::exp(d), std::log(a), std::tanh(d), std::erf(d), std::pow(a, static_cast<double>(1.7f)), std::sin(d), std::cos(d), 1 / std::sqrt(a), std::sqrt(a), std::cbrt(d),
                                 std::fmod(x[i], 0.37f), std::log1p(a), std::expm1(d), 1 / d, std::nearbyint(x[i] * 10), std::exp(d), std::log(a), std::sin(d * 1000), std::sqrt(a), std::pow(a, 0.3)};
    for (int k = 0; k < 20; ++k) {
      if (k == 0 && d > 87) continue;
      const float narrow = static_cast<float>(expected[k]);
      if (k >= 15 ? std::isinf(expected[k]) : std::isinf(narrow)) {
        EXPECT_TRUE(std::isinf(y[20 * i + k])) << k << " of " << d;
        continue;
      }
      EXPECT_NEAR(y[20 * i + k], expected[k], std::fabs(expected[k]) * (k < 15 ? 1e-6 : 1e-14) + (k < 15 ? 1e-7 : 1e-15)) << k << " of " << d;
    }
  }
}

// --- calls, switches, structures by value, constants, arrays that are indexed.
struct Settings { int mode[4]; float scale; short bias; };
__constant__ float kTable[5] = {1.5f, -2.0f, 3.25f, 0.0f, 7.0f};
__device__ __noinline__ float2 called(float a, int mode, const float* table) {
  float2 r;
  switch (mode) {
    case 0: r.x = a + table[0]; break;
    case 1: r.x = a * table[1]; break;
    case 2: r.x = a - table[2]; break;
    case 3: r.x = fabsf(a); break;
    case 5: r.x = a > 0 ? 1.0f : -1.0f; break;
    case 9: return make_float2(a, a);
    default: r.x = table[4];
  }
  r.y = static_cast<float>(mode) + r.x;
  return r;
}
__device__ __noinline__ double nested(double v, int depth) { return called(static_cast<float>(v), depth & 3, kTable).y * 0.5 + v; }
__global__ void calls(Settings s, const float* x, int n, float* y) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float scratch[8];
  for (int k = 0; k < 8; ++k) scratch[k] = x[(i + k) % n];
  const float2 r = called(x[i], s.mode[i % 4] + i / 8, kTable);
  y[2 * i] = r.x * s.scale + s.bias + static_cast<float>(nested(x[i], i));
  y[2 * i + 1] = r.y + scratch[(i * 5 + s.bias) & 7];
}
TEST_F(Typical, CallsAndSwitches) {
  const int n = 70;
  const float table[5] = {1.5f, -2.0f, 3.25f, 0.0f, 7.0f};
  const Settings s = {{0, 2, 5, 9}, 0.5f, -3};
  const auto x = normal(n);
  OnDevice<float> dx(x), dy(std::vector<float>(2 * n));
  calls<<<3, 32>>>(s, dx.get(), n, dy.get());
  const auto y = dy.host();
  const auto host_called = [&](float a, int mode) {
    float r = table[4];
    switch (mode) {
      case 0: r = a + table[0]; break;
      case 1: r = a * table[1]; break;
      case 2: r = a - table[2]; break;
      case 3: r = std::fabs(a); break;
      case 5: r = a > 0 ? 1.0f : -1.0f; break;
      case 9: return std::make_pair(a, a);
      default: break;
    }
    return std::make_pair(r, static_cast<float>(mode) + r);
  };
  for (int i = 0; i < n; ++i) {
    const auto r = host_called(x[i], s.mode[i % 4] + i / 8);
    const float deep = static_cast<float>(host_called(x[i], i & 3).second * 0.5 + x[i]);
    EXPECT_NEAR(y[2 * i], r.first * s.scale + s.bias + deep, 2e-6);
    EXPECT_NEAR(y[2 * i + 1], r.second + x[(i + ((i * 5 + s.bias) & 7)) % n], 2e-6);
  }
}

// --- a pipeline of asynchronous copies, and loads and stores with cache operators.
__global__ void pipelined(const float4* x, int tiles, float* y) {
  __shared__ float4 buffer[2][32];
  const int i = threadIdx.x;
  __pipeline_memcpy_async(&buffer[0][i], &x[i], 16);
  __pipeline_commit();
  float s = 0;
  for (int t = 0; t < tiles; ++t) {
    if (t + 1 < tiles) __pipeline_memcpy_async(&buffer[(t + 1) % 2][i], &x[(t + 1) * 32 + i], 16);
    __pipeline_commit();
    __pipeline_wait_prior(1);
    __syncthreads();
    const float4 v = buffer[t % 2][31 - i];
    s += v.x + v.y * 2 + v.z * 3 + v.w * 4;
    __syncthreads();
  }
  __stcs(y + i, s + __ldcs(reinterpret_cast<const float*>(x)) - __ldg(reinterpret_cast<const float*>(x)) + __ldcg(reinterpret_cast<const float*>(x) + 1) - __ldca(reinterpret_cast<const float*>(x) + 1));
}
TEST_F(Typical, PipelineOfCopies) {
  for (const int tiles : {1, 2, 5}) {
    const auto x = normal(tiles * 128);
    OnDevice<float> dx(x), dy(std::vector<float>(32));
    pipelined<<<1, 32>>>(reinterpret_cast<const float4*>(dx.get()), tiles, dy.get());
    const auto y = dy.host();
    for (int i = 0; i < 32; ++i) {
      double s = 0;
      for (int t = 0; t < tiles; ++t) {
        for (int k = 0; k < 4; ++k) s += static_cast<double>(x[t * 128 + (31 - i) * 4 + k]) * (k + 1);
      }
      EXPECT_NEAR(y[i], s, 1e-5 * tiles * 20);
    }
  }
}

}  // namespace
