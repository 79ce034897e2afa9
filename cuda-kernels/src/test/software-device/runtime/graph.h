// Stream capture and graphs: what was captured, with the edges that streams and events made, replayed in an order that the seed chooses among
// those that the edges allow.
#pragma once
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>
#include "runtime/queue.h"

namespace wz::software {

struct Node {
  std::string name;
  std::function<void()> run;
  std::vector<int> after;  // earlier nodes
};

struct Graph {
  std::vector<Node> nodes;

  int add(std::string name, std::function<void()> run, std::vector<int> after);
  void run(std::mt19937_64& random) const;
  // Whether every node comes before one of `ends` or is one.
  bool joined(const std::vector<int>& ends) const;
  // Empty if the other differs in nothing but what its nodes do; else where they part.
  std::string difference(const Graph& other) const;
};

// A capture under way: of the stream where it began and of those that came to it by events.
struct Capture {
  enum Mode { kGlobal = 0, kThreadLocal = 1, kRelaxed = 2 };
  Stream* origin = nullptr;
  std::vector<Stream*> members;
  std::thread::id thread;
  Mode mode = kGlobal;
  bool invalid = false;
  bool ended = false;
  Graph graph;
};

struct ExecutableGraph {
  std::shared_ptr<Graph> graph;
  TicketPtr last;  // launches of one graph run one after the other
};

}  // namespace wz::software
