// Stream capture and graphs.
#include <memory>
#include "entry.h"

using namespace wz::software;

namespace {
Graph& graph_of(cudaGraph_t handle) {
  auto* g = reinterpret_cast<Graph*>(handle);
  if (device().graphs.count(g) == 0) refuse(kInvalidValue, "the graph was never created or is destroyed");
  return *g;
}
ExecutableGraph& executable_of(cudaGraphExec_t handle) {
  auto* g = reinterpret_cast<ExecutableGraph*>(handle);
  if (device().executable_graphs.count(g) == 0) refuse(kInvalidValue, "the executable graph was never created or is destroyed");
  return *g;
}
thread_local cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;

cudaStreamCaptureStatus status(const Stream& s) {
  return s.capture == nullptr ? cudaStreamCaptureStatusNone : s.capture->invalid ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
}
}  // namespace

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return entry([&](Device& d) { d.begin_capture(stream_of(stream), static_cast<int>(mode)); });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* out) {
  return entry([&](Device& d) {
    expect_pointer(out, "graph");
    *out = nullptr;
    auto g = std::make_unique<Graph>(*d.end_capture(stream_of(stream)));
    d.graphs.insert(g.get());
    *out = reinterpret_cast<cudaGraph_t>(g.release());
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* out) {
  return entry([&](Device&) {
    expect_pointer(out, "status");
    *out = status(stream_of(stream));
  });
}

// Nothing of the software device takes nodes by hand: those that a capture has are not shown.
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* out, unsigned long long* id, cudaGraph_t* graph, const cudaGraphNode_t** nodes, const cudaGraphEdgeData** edges,
                                     size_t* count) {
  return entry([&](Device&) {
    expect_pointer(out, "status");
    if (graph != nullptr || nodes != nullptr || edges != nullptr || count != nullptr) refuse(kNotSupported, "the software device shows no nodes of a capture");
    const Stream& s = stream_of(stream);
    *out = status(s);
    if (id != nullptr) *id = reinterpret_cast<unsigned long long>(s.capture.get());
  });
}

// CUDA's own mode of the calling thread narrows what it may do while others capture; here the capture's mode alone decides.
cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  return entry([&](Device&) {
    expect_pointer(mode, "mode");
    std::swap(*mode, thread_mode);
  });
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count) {
  return entry([&](Device&) {
    expect_pointer(count, "count");
    if (nodes != nullptr) refuse(kNotSupported, "the software device shows how many nodes a graph has, not the nodes");
    *count = graph_of(graph).nodes.size();
  });
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long flags) {
  return entry([&](Device& d) {
    expect_pointer(out, "executable graph");
    if (flags != 0) refuse(kNotSupported, "flags of an executable graph: found " + std::to_string(flags) + ", expected 0");
    auto g = std::make_unique<ExecutableGraph>();
    g->graph = std::make_shared<Graph>(graph_of(graph));
    d.executable_graphs.insert(g.get());
    *out = reinterpret_cast<cudaGraphExec_t>(g.release());
  });
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long flags) { return cudaGraphInstantiateWithFlags(out, graph, flags); }

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  return entry([&](Device& d) { d.launch(executable_of(graph), stream_of(stream)); });
}

cudaError_t cudaGraphExecUpdate(cudaGraphExec_t executable, cudaGraph_t graph, cudaGraphExecUpdateResultInfo* result) {
  return entry([&](Device&) {
    ExecutableGraph& e = executable_of(executable);
    const Graph& g = graph_of(graph);
    const std::string difference = e.graph->difference(g);
    if (result != nullptr) *result = {}, result->result = difference.empty() ? cudaGraphExecUpdateSuccess : cudaGraphExecUpdateErrorTopologyChanged;
    if (!difference.empty()) refuse(kGraphUpdateFailure, "the graph is another one: " + difference);
    e.graph = std::make_shared<Graph>(g);
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return entry([&](Device& d) {
    Graph* g = &graph_of(graph);
    d.graphs.erase(g);
    delete g;
  });
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return entry([&](Device& d) {
    ExecutableGraph* g = &executable_of(executable);
    d.executable_graphs.erase(g);
    delete g;
  });
}
