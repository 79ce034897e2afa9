/* Averages two arrays with the library's linear merge, first as plain floats, then as bfloat16, and prints them.

   With CMake:       find_package(wootz REQUIRED), target_link_libraries(merge_two wootz::wootz)
   With pkg-config:  cc merge_two.c $(pkg-config --cflags --libs wootz) -o merge_two */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wootz/wootz.h>

/* Every operation returns a status; the message of the last one that failed is kept per thread. */
static void check(wz_status status) {
  if (status != WZ_OK) {
    fprintf(stderr, "merge_two: %s\n", wz_last_error());
    exit(1);
  }
}

int main(void) {
  enum { N = 4 };
  const float a[N] = {1, 2, 3, 4};
  const float b[N] = {10, 20, 30, 40};
  const double weights[2] = {0.25, 0.75};

  /* out = 0.25 a + 0.75 b */
  const wz_model floats[2] = {{a, WZ_F32}, {b, WZ_F32}};
  float out[N];
  check(wz_merge_linear(out, WZ_F32, floats, 2, NULL, weights, 1.0, WZ_ARITHMETIC_F32, N, NULL));

  /* The same on bfloat16, as checkpoints have it, on two threads. Each model may have its own type. */
  uint16_t b16[N], out16[N];
  float widened[N];
  check(wz_convert(b16, WZ_BF16, b, WZ_F32, N));
  const wz_model mixed[2] = {{a, WZ_F32}, {b16, WZ_BF16}};
  wz_threads* threads = NULL;
  check(wz_threads_create(2, &threads));
  check(wz_merge_linear(out16, WZ_BF16, mixed, 2, NULL, weights, 1.0, WZ_ARITHMETIC_F32, N, threads));
  wz_threads_free(threads);
  check(wz_convert(widened, WZ_F32, out16, WZ_BF16, N));

  printf("wootz %s on %s\n", wz_version(), wz_cpu_isa());
  for (int i = 0; i < N; ++i) printf("0.25 * %g + 0.75 * %g = %g, in bfloat16 %g\n", a[i], b[i], out[i], widened[i]);
  return 0;
}
