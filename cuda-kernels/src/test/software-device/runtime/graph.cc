#include "runtime/graph.h"
#include <algorithm>

namespace wz::software {

int Graph::add(std::string name, std::function<void()> run, std::vector<int> after) {
  nodes.push_back({std::move(name), std::move(run), std::move(after)});
  return static_cast<int>(nodes.size()) - 1;
}

void Graph::run(std::mt19937_64& random) const {
  std::vector<size_t> missing(nodes.size());
  std::vector<std::vector<size_t>> next(nodes.size());
  std::vector<size_t> ready;
  for (size_t k = 0; k < nodes.size(); ++k) {
    missing[k] = nodes[k].after.size();
    for (const int before : nodes[k].after) next[static_cast<size_t>(before)].push_back(k);
    if (missing[k] == 0) ready.push_back(k);
  }
  while (!ready.empty()) {
    std::swap(ready[random() % ready.size()], ready.back());
    const size_t k = ready.back();
    ready.pop_back();
    nodes[k].run();
    for (const size_t n : next[k]) {
      if (--missing[n] == 0) ready.push_back(n);
    }
  }
}

bool Graph::joined(const std::vector<int>& ends) const {
  std::vector<bool> reached(nodes.size());
  for (const int e : ends) reached[static_cast<size_t>(e)] = true;
  for (size_t k = nodes.size(); k-- > 0;) {  // a node comes after all that it follows
    if (!reached[k]) return false;
    for (const int before : nodes[k].after) reached[static_cast<size_t>(before)] = true;
  }
  return true;
}

std::string Graph::difference(const Graph& other) const {
  if (nodes.size() != other.nodes.size()) return std::to_string(nodes.size()) + " nodes against " + std::to_string(other.nodes.size());
  for (size_t k = 0; k < nodes.size(); ++k) {
    if (nodes[k].name != other.nodes[k].name) return "node " + std::to_string(k) + ": " + nodes[k].name + " against " + other.nodes[k].name;
    if (nodes[k].after != other.nodes[k].after) return "the edges to node " + std::to_string(k);
  }
  return "";
}

}  // namespace wz::software
