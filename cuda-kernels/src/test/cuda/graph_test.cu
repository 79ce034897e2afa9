// Streams, events and graphs through the C interface, with the linear combination as the kernel.
#include <gtest/gtest.h>
#include <thread>
#include <vector>
#include "wootz/cuda_merge.h"

namespace {

constexpr int64_t kCount = 300;

class Graph : public ::testing::Test {
 protected:
  void SetUp() override {
    if (wz_cuda_device_count() == 0) GTEST_SKIP() << wz_cuda_last_error();
    for (wz_cuda_stream*& s : streams_) ok(wz_cuda_stream_create(0, &s));
    for (float*& p : memory_) ok(wz_cuda_memory_allocate(0, kCount * 4, reinterpret_cast<void**>(&p)));
    ok(wz_cuda_host_allocate(kCount * 4, reinterpret_cast<void**>(&host_)));
    for (int k = 0; k < 3; ++k) fill(memory_[k], static_cast<float>(k + 1));
  }
  void TearDown() override {
    if (streams_[0] == nullptr) return;
    for (float* p : memory_) ok(wz_cuda_memory_free(p));
    ok(wz_cuda_host_free(host_));
    for (wz_cuda_stream* s : streams_) ok(wz_cuda_stream_free(s));
  }

  static void ok(wz_status status) { ASSERT_EQ(status, WZ_OK) << wz_cuda_last_error(); }

  void fill(float* to, float value) {
    const std::vector<float> v(kCount, value);
    ok(wz_cuda_copy(to, v.data(), kCount * 4, streams_[0]));
    ok(wz_cuda_stream_synchronize(streams_[0]));
  }
  // out = a + factor * b
  wz_status combine(float* out, const float* a, const float* b, double factor, wz_cuda_stream* stream) {
    const wz_model x[2] = {{a, WZ_F32}, {b, WZ_F32}};
    const double weights[2] = {1, factor};
    return wz_cuda_merge_linear(out, WZ_F32, x, 2, nullptr, weights, 1, WZ_ARITHMETIC_F32, kCount, stream);
  }
  void expect(const float* from, float value) {
    std::vector<float> v(kCount);
    ok(wz_cuda_copy(v.data(), from, kCount * 4, streams_[0]));
    ok(wz_cuda_stream_synchronize(streams_[0]));
    EXPECT_EQ(v, std::vector<float>(kCount, value));
  }

  wz_cuda_stream* streams_[2] = {};
  float* memory_[3] = {};
  float* host_ = nullptr;
};

TEST_F(Graph, RunsWhatWasQueuedEachTimeItIsLaunched) {
  wz_cuda_graph* graph = nullptr;
  ok(wz_cuda_capture_begin(streams_[0]));
  ok(combine(memory_[2], memory_[0], memory_[1], 10, streams_[0]));
  ok(combine(memory_[0], memory_[2], memory_[1], 1, streams_[0]));
  ok(wz_cuda_copy(host_, memory_[0], kCount * 4, streams_[0]));
  ok(wz_cuda_capture_end(streams_[0], &graph));
  expect(memory_[0], 1);  // nothing ran yet
  int64_t nodes = 0;
  ok(wz_cuda_graph_nodes(graph, &nodes));
  EXPECT_EQ(nodes, 3);
  float expected = 1;
  for (int launch = 0; launch < 3; ++launch) {
    ok(wz_cuda_graph_launch(graph, streams_[launch % 2]));
    ok(wz_cuda_stream_synchronize(streams_[launch % 2]));
    expected += 22;
    EXPECT_EQ(host_[kCount - 1], expected);
    expect(memory_[2], expected - 2);
  }
  fill(memory_[1], 0);  // only contents change
  ok(wz_cuda_graph_launch(graph, streams_[1]));
  ok(wz_cuda_graph_launch(graph, streams_[0]));
  ok(wz_cuda_stream_synchronize(streams_[0]));
  expect(memory_[0], expected);
  ok(wz_cuda_graph_free(graph));
}

TEST_F(Graph, TakesInOtherStreamsByEvents) {
  wz_cuda_event *fork = nullptr, *join = nullptr;
  ok(wz_cuda_event_create(0, &fork));
  ok(wz_cuda_event_create(0, &join));
  wz_cuda_graph* graph = nullptr;
  ok(wz_cuda_capture_begin(streams_[0]));
  ok(wz_cuda_memory_set(memory_[2], 0, kCount * 4, streams_[0]));
  ok(wz_cuda_event_record(fork, streams_[0]));
  ok(wz_cuda_stream_wait(streams_[1], fork));
  ok(combine(memory_[1], memory_[2], memory_[1], 2, streams_[1]));  // doubles
  ok(combine(memory_[0], memory_[2], memory_[0], 3, streams_[0]));  // triples
  ok(wz_cuda_event_record(join, streams_[1]));
  ok(wz_cuda_stream_wait(streams_[0], join));
  ok(combine(memory_[2], memory_[0], memory_[1], 1, streams_[0]));
  ok(wz_cuda_capture_end(streams_[0], &graph));
  float a = 1, b = 2;
  for (int launch = 0; launch < 5; ++launch) {
    ok(wz_cuda_graph_launch(graph, streams_[0]));
    ok(wz_cuda_stream_synchronize(streams_[0]));
    a *= 3, b *= 2;
    expect(memory_[2], a + b);
  }
  ok(wz_cuda_graph_free(graph));
  ok(wz_cuda_event_free(fork));
  ok(wz_cuda_event_free(join));
}

TEST_F(Graph, RefusesWhatACaptureForbidsAndTheStreamWorksAfterwards) {
  wz_cuda_graph* graph = nullptr;
  void* memory = nullptr;
  EXPECT_EQ(wz_cuda_capture_begin(nullptr), WZ_DEVICE);
  ok(wz_cuda_capture_begin(streams_[0]));
  EXPECT_EQ(wz_cuda_memory_allocate(0, 16, &memory), WZ_DEVICE);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_memory_allocate: operation not permitted when stream is capturing");
  EXPECT_EQ(wz_cuda_capture_end(streams_[0], &graph), WZ_DEVICE);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_capture_end: operation failed due to a previous error during capture");
  EXPECT_EQ(graph, nullptr);

  ok(wz_cuda_capture_begin(streams_[0]));
  EXPECT_EQ(wz_cuda_stream_synchronize(streams_[0]), WZ_DEVICE);
  EXPECT_EQ(wz_cuda_capture_end(streams_[0], &graph), WZ_DEVICE);

  // Work on another stream that the first does not wait for.
  wz_cuda_event* fork = nullptr;
  ok(wz_cuda_event_create(0, &fork));
  ok(wz_cuda_capture_begin(streams_[0]));
  ok(wz_cuda_event_record(fork, streams_[0]));
  ok(wz_cuda_stream_wait(streams_[1], fork));
  ok(combine(memory_[2], memory_[0], memory_[1], 1, streams_[1]));
  EXPECT_EQ(wz_cuda_capture_end(streams_[0], &graph), WZ_DEVICE);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_capture_end: capturing stream has unjoined work");
  ok(wz_cuda_event_free(fork));

  ok(wz_cuda_capture_begin(streams_[0]));
  std::thread([&] {  // another thread may allocate meanwhile
    EXPECT_EQ(wz_cuda_memory_allocate(0, 16, &memory), WZ_OK) << wz_cuda_last_error();
    EXPECT_EQ(wz_cuda_memory_free(memory), WZ_OK);
  }).join();
  ok(combine(memory_[2], memory_[0], memory_[1], 1, streams_[0]));
  ok(wz_cuda_capture_end(streams_[0], &graph));
  ok(wz_cuda_graph_launch(graph, streams_[0]));
  expect(memory_[2], 3);
  ok(wz_cuda_graph_free(graph));
}

TEST_F(Graph, EventsTellWhenWorkIsDone) {
  wz_cuda_event *start = nullptr, *end = nullptr;
  ok(wz_cuda_event_create(0, &start));
  ok(wz_cuda_event_create(0, &end));
  int32_t done = 0;
  ok(wz_cuda_event_query(start, &done));
  EXPECT_EQ(done, 1) << "never recorded";
  ok(wz_cuda_event_record(start, streams_[0]));
  for (int k = 0; k < 5; ++k) ok(combine(memory_[0], memory_[0], memory_[1], 1, streams_[0]));
  ok(wz_cuda_event_record(end, streams_[0]));
  ok(wz_cuda_stream_wait(streams_[1], end));
  ok(wz_cuda_copy(host_, memory_[0], kCount * 4, streams_[1]));
  ok(wz_cuda_stream_synchronize(streams_[1]));
  EXPECT_EQ(host_[0], 11);
  do ok(wz_cuda_event_query(end, &done));
  while (done == 0);
  float milliseconds = -1;
  ok(wz_cuda_event_elapsed(start, end, &milliseconds));
  EXPECT_GE(milliseconds, 0);
  ok(wz_cuda_event_synchronize(end));
  ok(wz_cuda_event_free(start));
  ok(wz_cuda_event_free(end));
}

TEST(GraphArguments, AreChecked) {
  EXPECT_EQ(wz_cuda_graph_launch(nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_graph_launch: graph: found NULL, expected a pointer");
  EXPECT_EQ(wz_cuda_graph_free(nullptr), WZ_OK);
  EXPECT_EQ(wz_cuda_event_free(nullptr), WZ_OK);
  EXPECT_EQ(wz_cuda_event_record(nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_memory_set(nullptr, 0, -1, nullptr), WZ_INVALID_ARGUMENT);
}

}  // namespace
