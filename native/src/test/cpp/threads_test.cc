// The pool: every piece once, whatever the number of threads and callers; exceptions; the C face.
#include "base/threads.h"
#include <chrono>
#include <numeric>
#include <stdexcept>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(ThreadPool, EveryPieceOnce) {
  for (int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    EXPECT_EQ(threads, pool.threads());
    for (int64_t pieces : {0, 1, 2, 5, 100, 1000}) {
      std::vector<int> done(static_cast<size_t>(pieces));
      pool.run(pieces, [&](int64_t i) { ++done[static_cast<size_t>(i)]; });
      EXPECT_EQ(std::vector<int>(static_cast<size_t>(pieces), 1), done) << threads << " threads";
    }
  }
}

// Many short jobs, with pauses in which the workers park.
TEST(ThreadPool, WorkersParkAndWake) {
  ThreadPool pool(3);
  for (int job = 0; job < 3000; ++job) {
    std::atomic<int64_t> sum{0};
    pool.run(16, [&](int64_t i) { sum.fetch_add(i + job, std::memory_order_relaxed); });
    ASSERT_EQ(120 + 16 * job, sum.load());
    if (job % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(ThreadPool, SeveralCallersShareIt) {
  ThreadPool pool(4);
  std::vector<int64_t> sums(6);
  std::vector<std::thread> callers;
  for (size_t c = 0; c < sums.size(); ++c) {
    callers.emplace_back([&pool, &sum = sums[c]] {
      for (int job = 0; job < 300; ++job) {
        std::vector<int64_t> parts(50);
        pool.run(50, [&](int64_t i) { parts[static_cast<size_t>(i)] = i; });
        sum += std::accumulate(parts.begin(), parts.end(), int64_t{0});
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (int64_t sum : sums) EXPECT_EQ(300 * 1225, sum);
}

TEST(ThreadPool, AJobMayUseItsOwnPool) {
  ThreadPool pool(2);
  std::atomic<int> done{0};
  pool.run(8, [&](int64_t) { pool.run(8, [&](int64_t) { ++done; }); });
  EXPECT_EQ(64, done.load());
}

TEST(ThreadPool, ThrowsWhatAPieceThrows) {
  for (int threads : {1, 4}) {
    ThreadPool pool(threads);
    std::atomic<int> after{0};
    EXPECT_THROW(pool.run(1000,
                          [&](int64_t i) {
                            if (i == 10) throw std::runtime_error("piece 10");
                          }),
                 std::runtime_error);
    pool.run(10, [&](int64_t) { ++after; });
    EXPECT_EQ(10, after.load());
  }
}

TEST(ThreadPool, RangesCoverTheWhole) {
  ThreadPool pool(2);
  for (int64_t n : {0, 1, 9, 10, 11, 95}) {
    std::vector<int> done(static_cast<size_t>(n));
    for_each_range(&pool, n, 10, [&](int64_t begin, int64_t end) {
      EXPECT_EQ(0, begin % 10);
      for (int64_t i = begin; i < end; ++i) ++done[static_cast<size_t>(i)];
    });
    EXPECT_EQ(std::vector<int>(static_cast<size_t>(n), 1), done);
  }
}

TEST(Threads, CreateCountFree) {
  wz_threads* pool = nullptr;
  ASSERT_EQ(WZ_OK, wz_threads_create(3, &pool));
  EXPECT_EQ(3, wz_threads_count(pool));
  EXPECT_EQ(1, wz_threads_count(nullptr));
  wz_threads_free(pool);
  wz_threads_free(nullptr);
  expect_refused(WZ_INVALID_ARGUMENT, wz_threads_create(0, &pool), {"wz_threads_create", "threads", "found 0", "1 to 1024"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_threads_create(1, nullptr), {"wz_threads_create", "pool", "NULL"});
}

}  // namespace
}  // namespace wz::test
