// Capture of a stream into a graph, and its launches.
#include <cuda_runtime_api.h>
#include <memory>
#include "capi/arguments.h"
#include "wootz/cuda.h"

struct wz_cuda_graph {
  cudaGraphExec_t executable = nullptr;
  int64_t nodes = 0;
};

namespace {

// The captured graph is only needed until it is made executable.
class Captured {
 public:
  explicit Captured(cudaStream_t stream) { wz::cuda::check(cudaStreamEndCapture(stream, &graph_)); }
  ~Captured() { (void)cudaGraphDestroy(graph_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  cudaGraph_t get() const { return graph_; }

 private:
  cudaGraph_t graph_ = nullptr;
};

}  // namespace

wz_status wz_cuda_capture_begin(wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_capture_begin", [&] { wz::cuda::check(cudaStreamBeginCapture(wz::cuda::stream_of(stream), cudaStreamCaptureModeThreadLocal)); });
}

wz_status wz_cuda_capture_end(wz_cuda_stream* stream, wz_cuda_graph** graph) {
  return wz::cuda::guarded("wz_cuda_capture_end", [&] {
    using wz::cuda::check;
    if (graph != nullptr) *graph = nullptr;
    const Captured captured(wz::cuda::stream_of(stream));
    wz::cuda::check_host("graph", graph);
    auto made = std::make_unique<wz_cuda_graph>();
    size_t nodes = 0;
    check(cudaGraphGetNodes(captured.get(), nullptr, &nodes));
    made->nodes = static_cast<int64_t>(nodes);
    check(cudaGraphInstantiate(&made->executable, captured.get(), 0));
    *graph = made.release();
  });
}

wz_status wz_cuda_graph_nodes(const wz_cuda_graph* graph, int64_t* nodes) {
  return wz::cuda::guarded("wz_cuda_graph_nodes", [&] {
    wz::cuda::check_host("graph", graph);
    wz::cuda::check_host("nodes", nodes);
    *nodes = graph->nodes;
  });
}

wz_status wz_cuda_graph_launch(wz_cuda_graph* graph, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_graph_launch", [&] {
    wz::cuda::check_host("graph", graph);
    wz::cuda::check(cudaGraphLaunch(graph->executable, wz::cuda::stream_of(stream)));
  });
}

wz_status wz_cuda_graph_free(wz_cuda_graph* graph) {
  return wz::cuda::guarded("wz_cuda_graph_free", [&] {
    const std::unique_ptr<wz_cuda_graph> owned(graph);
    if (graph != nullptr) wz::cuda::check(cudaGraphExecDestroy(graph->executable));
  });
}
