// Streams and events: the order that CUDA promises holds under every seed, and what it leaves open happens in both orders under some.
#include <gtest/gtest.h>
#include <algorithm>
#include <numeric>
#include <set>
#include "runtime/graph.h"
#include "runtime/queue.h"

namespace wz::software {
namespace {

TEST(Queue, AStreamKeepsItsOrder) {
  for (u64 seed = 0; seed < 20; ++seed) {
    Queue q(seed, false);
    std::vector<int> a, b;
    Stream *s = q.create(false, 0), *t = q.create(false, 0);
    for (int k = 0; k < 50; ++k) {
      q.push(*s, "a", [&a, k] { a.push_back(k); });
      q.push(*t, "b", [&b, k] { b.push_back(k); });
    }
    q.finish(*s);
    std::vector<int> expected(50);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(a, expected);
    q.finish_all();
    EXPECT_EQ(b, expected);
    q.destroy(s), q.destroy(t);
  }
}

TEST(Queue, StreamsWithoutAnEventRunInEitherOrder) {
  std::set<std::vector<int>> orders;
  for (u64 seed = 0; seed < 20; ++seed) {
    Queue q(seed, false);
    std::vector<int> order;
    Stream *s = q.create(false, 0), *t = q.create(false, 0);
    q.push(*s, "1", [&] { order.push_back(1); });
    q.push(*t, "2", [&] { order.push_back(2); });
    q.finish_all();
    orders.insert(order);
    q.destroy(s), q.destroy(t);
  }
  EXPECT_EQ(orders, (std::set<std::vector<int>>{{1, 2}, {2, 1}}));
}

TEST(Queue, AnEventOrdersTwoStreams) {
  for (u64 seed = 0; seed < 20; ++seed) {
    Queue q(seed, false);
    std::vector<int> order;
    Stream *s = q.create(false, 0), *t = q.create(false, 0);
    q.push(*s, "1", [&] { order.push_back(1); });
    q.wait_event(*t, q.last_of(*s));
    q.push(*s, "later", [] {});
    q.push(*t, "2", [&] { order.push_back(2); });
    q.finish(*t);
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
    q.destroy(s), q.destroy(t);
  }
}

TEST(Queue, TheDefaultStreamAndBlockingOnesWaitForEachOther) {
  for (u64 seed = 0; seed < 20; ++seed) {
    Queue q(seed, false);
    std::vector<int> order;
    Stream *s = q.create(true, 0), *t = q.create(true, 0);
    q.push(*s, "1", [&] { order.push_back(1); });
    q.push(q.default_stream(), "2", [&] { order.push_back(2); });
    q.push(*t, "3", [&] { order.push_back(3); });
    q.finish(*t);
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    q.destroy(s), q.destroy(t);
  }
}

TEST(Queue, EagerWorkRunsAtOnce) {
  Queue q(1, true);
  int runs = 0;
  q.push(q.default_stream(), "work", [&] { ++runs; });
  EXPECT_EQ(runs, 1);
}

TEST(Queue, WorkThatWaitsIsDroppedAfterAFault) {
  Queue q(3, false);
  int runs = 0;
  Stream* s = q.create(false, 0);
  for (int k = 0; k < 100; ++k) q.push(*s, "work", [&] { ++runs; });
  const int before = runs;
  q.abandon();
  q.finish_all();
  EXPECT_EQ(runs, before);
  EXPECT_TRUE(q.idle(*s));
  q.destroy(s);
}

TEST(GraphReplay, KeepsEdgesAndNothingElse) {
  // 0 -> 1, 0 -> 2, {1, 2} -> 3
  std::vector<int> order;
  Graph g;
  const auto add = [&](int k, std::vector<int> after) { g.add("n", [&order, k] { order.push_back(k); }, std::move(after)); };
  add(0, {}), add(1, {0}), add(2, {0}), add(3, {1, 2});
  std::set<std::vector<int>> orders;
  for (u64 seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    order.clear();
    g.run(random);
    orders.insert(order);
  }
  EXPECT_EQ(orders, (std::set<std::vector<int>>{{0, 1, 2, 3}, {0, 2, 1, 3}}));
  EXPECT_TRUE(g.joined({3}));
  EXPECT_FALSE(g.joined({1}));
  EXPECT_TRUE(Graph().joined({}));
}

TEST(GraphReplay, DifferencesAreNamed) {
  Graph a, b, c;
  a.add("x", [] {}, {}), a.add("y", [] {}, {0});
  b.add("x", [] {}, {}), b.add("z", [] {}, {0});
  c.add("x", [] {}, {}), c.add("y", [] {}, {});
  EXPECT_EQ(a.difference(a), "");
  EXPECT_EQ(a.difference(b), "node 1: y against z");
  EXPECT_EQ(a.difference(c), "the edges to node 1");
  EXPECT_EQ(a.difference(Graph()), "2 nodes against 0");
}

}  // namespace
}  // namespace wz::software
