#include "base/threads.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace wz {
namespace {

constexpr uint64_t kOpen = uint64_t{1} << 31;
constexpr uint64_t kJoined = kOpen - 1;
constexpr int kSpins = 2000;  // some ten microseconds: longer than the gap between two operations, shorter than parking costs

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

uint64_t number(uint64_t state) { return state >> 32; }

}  // namespace

ThreadPool::ThreadPool(int threads) : spin_(static_cast<unsigned>(threads) <= std::thread::hardware_concurrency()) {
  workers_.reserve(static_cast<size_t>(threads - 1));
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (...) {  // the system gives no more threads: those that run would otherwise outlive the pool
    stop_ = true;
    wake(threads);
    for (std::thread& worker : workers_) worker.join();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  stop_ = true;
  wake(threads());
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(Job job, int64_t pieces) {
  if (workers_.empty() || pieces <= 1 || busy_.exchange(true, std::memory_order_acquire)) {
    for (int64_t i = 0; i < pieces; ++i) job.call(job.context, i);
    return;
  }
  job_ = job;
  pieces_ = pieces;
  next_.store(0, std::memory_order_relaxed);
  finished_.store(0, std::memory_order_relaxed);
  state_.store((number(state_.load(std::memory_order_relaxed)) + 1) << 32 | kOpen);
  if (parked_.load() > 0) wake(pieces - 1);

  take_pieces();
  const uint64_t joined = state_.fetch_and(~kOpen) & kJoined;
  for (int i = 0; spin_ && i < kSpins && finished_.load(std::memory_order_acquire) != joined; ++i) relax();
  std::exception_ptr failure;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    worker_finished_.wait(lock, [&] { return finished_.load(std::memory_order_acquire) == joined; });
    std::swap(failure, failure_);
  }
  busy_.store(false, std::memory_order_release);
  if (failure != nullptr) std::rethrow_exception(failure);
}

void ThreadPool::take_pieces() noexcept {
  try {
    for (int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < pieces_;) job_.call(job_.context, i);
  } catch (...) {
    next_.store(pieces_, std::memory_order_relaxed);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure_ == nullptr) failure_ = std::current_exception();
  }
}

bool ThreadPool::has_news(uint64_t seen) const {
  const uint64_t state = state_.load();
  return stop_.load() || ((state & kOpen) != 0 && number(state) != seen);
}

bool ThreadPool::join(uint64_t& seen) {
  uint64_t state = state_.load(std::memory_order_relaxed);
  while ((state & kOpen) != 0 && number(state) != seen) {
    if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire)) {
      seen = number(state);
      return true;
    }
  }
  return false;
}

void ThreadPool::work() {
  for (uint64_t seen = 0; !stop_.load();) {
    if (join(seen)) {
      take_pieces();
      {
        // Under the lock, or the caller could fall asleep between its look at finished_ and this.
        const std::lock_guard<std::mutex> lock(mutex_);
        finished_.fetch_add(1, std::memory_order_release);
      }
      worker_finished_.notify_one();
    }
    for (int i = 0; spin_ && i < kSpins && !has_news(seen); ++i) relax();
    if (has_news(seen)) continue;
    std::unique_lock<std::mutex> lock(mutex_);
    parked_.fetch_add(1);
    job_opened_.wait(lock, [&] { return has_news(seen); });
    parked_.fetch_sub(1);
  }
}

void ThreadPool::wake(int64_t workers) {
  // A worker counts itself as parked and looks for news under the lock, so after this it either has seen the job or hears the bell.
  { const std::lock_guard<std::mutex> lock(mutex_); }
  for (int64_t i = 0; i < workers && i < static_cast<int64_t>(threads()); ++i) job_opened_.notify_one();
}

}  // namespace wz
