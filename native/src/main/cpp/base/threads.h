// A pool of threads for operations on whole arrays. A job is a number of pieces and a function of the piece; the calling thread and whichever
// workers are awake take pieces from a common counter, so which thread runs a piece is a matter of chance and must not matter.
//
// A worker spins for a moment after a job, then parks. Nobody waits for a parked worker: it joins a job if it wakes while pieces are left.
// Callers may share a pool; one that finds it busy runs its job alone.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace wz {

class ThreadPool {
 public:
  // threads: 1 or more, the caller counted in.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // f(piece) once for each piece in [0, pieces); back when all are done. The first exception that leaves f stops the handing-out of pieces and
  // is thrown here.
  template <class F>
  void run(int64_t pieces, F&& f) {
    using Function = std::remove_reference_t<F>;
    run({const_cast<void*>(static_cast<const void*>(&f)), [](void* context, int64_t piece) { (*static_cast<Function*>(context))(piece); }}, pieces);
  }

 private:
  struct Job {
    void* context;
    void (*call)(void* context, int64_t piece);
  };

  void run(Job job, int64_t pieces);
  void work();
  void take_pieces() noexcept;
  bool join(uint64_t& seen);
  bool has_news(uint64_t seen) const;
  void wake(int64_t workers);

  // The job's number in the upper half, kOpen while workers may join, and how many have joined. A worker reads the fields below only between
  // joining and adding itself to finished_; the caller writes them only while the job is closed and all who joined have finished.
  std::atomic<uint64_t> state_{0};
  Job job_{};
  int64_t pieces_ = 0;
  std::atomic<int64_t> next_{0};
  std::atomic<uint64_t> finished_{0};
  std::exception_ptr failure_;  // guarded by mutex_

  std::atomic<bool> busy_{false};
  std::atomic<bool> stop_{false};
  std::atomic<int> parked_{0};
  std::mutex mutex_;
  std::condition_variable job_opened_;
  std::condition_variable worker_finished_;
  bool spin_;
  std::vector<std::thread> workers_;
};

// f(piece) for each piece, on the pool or, without one, in order on this thread.
template <class F>
void for_each_piece(ThreadPool* pool, int64_t pieces, F&& f) {
  if (pool != nullptr && pieces > 1) {
    pool->run(pieces, f);
  } else {
    for (int64_t i = 0; i < pieces; ++i) f(i);
  }
}

// f(begin, end) over [0, n) in pieces of the given length.
template <class F>
void for_each_range(ThreadPool* pool, int64_t n, int64_t length, F&& f) {
  for_each_piece(pool, n / length + (n % length != 0 ? 1 : 0), [&](int64_t piece) {
    const int64_t begin = piece * length;
    f(begin, n - begin < length ? n : begin + length);
  });
}

}  // namespace wz

// The handle of the C interface.
struct wz_threads {
  wz::ThreadPool pool;
};

namespace wz {
inline ThreadPool* pool_of(wz_threads* threads) { return threads != nullptr ? &threads->pool : nullptr; }
}  // namespace wz
