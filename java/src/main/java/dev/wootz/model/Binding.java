package dev.wootz.model;

import dev.wootz.kernel.Backend;

/** What a layer is put together from: weights that are shared, and the workspace and cache that it works on. */
record Binding(Weights weights, Workspace workspace, KvCache cache, Backend backend, Probe probe, AdapterRuns adapters) {
  ModelConfig config() {
    return weights.config();
  }
}
