package dev.wootz.model;

import dev.wootz.kernel.Backend;
import dev.wootz.model.AdapterProducts.Input;
import dev.wootz.model.lora.Adapter;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a step that have adapters, as runs of neighbours with the same one: rows of a sequence are next to each other, so there are no
 * more runs than sequences. What one adapter adds to a row depends on that row alone. After an adapter's first steps nothing is allocated.
 *
 * <p>Batches of several adapters: Chen et al., Punica, 2023; Sheng et al., S-LoRA, 2023.
 */
final class AdapterRuns implements AutoCloseable {
  private final Weights weights;
  private final Workspace workspace;
  private final Backend backend;
  private final Map<Adapter, AdapterProducts> bound = new IdentityHashMap<>();
  private final @Nullable AdapterProducts[] products;
  private final int[] first;
  private final int[] end;
  private int runs;

  AdapterRuns(Weights weights, Workspace workspace, Backend backend) {
    this.weights = weights;
    this.workspace = workspace;
    this.backend = backend;
    products = new AdapterProducts[workspace.maxTokens];
    first = new int[workspace.maxTokens];
    end = new int[workspace.maxTokens];
  }

  /** Reads the runs of a step, which holds its adapters open. */
  void begin(Step step) {
    runs = 0;
    for (int s = 0; s < step.sequences(); s++) {
      Adapter adapter = step.adapter(s);
      int from = step.begin(s);
      int to = step.begin(s + 1);
      if (adapter == null || from == to) {
        continue;
      }
      if (runs > 0 && end[runs - 1] == from && products[runs - 1].adapter() == adapter) {
        end[runs - 1] = to;
        continue;
      }
      products[runs] = products(adapter);
      first[runs] = from;
      end[runs] = to;
      runs++;
    }
  }

  private AdapterProducts products(Adapter adapter) {
    AdapterProducts known = bound.get(adapter);
    if (known == null) {
      adapter.requireFor(weights.targets());
      // The adapters themselves freed what was prepared for those that have been closed.
      bound.keySet().removeIf(Adapter::closed);
      known = new AdapterProducts(adapter, weights.config(), workspace, backend);
      adapter.own(known);
      bound.put(adapter, known);
    }
    return known;
  }

  /** Adds what the adapters have for the projections of this input. */
  void add(int layer, Input input) {
    for (int i = 0; i < runs; i++) {
      products[i].add(layer, input, first[i], end[i] - first[i]);
    }
  }

  @Override
  public void close() {
    bound.forEach(Adapter::discard);
    bound.clear();
  }
}
