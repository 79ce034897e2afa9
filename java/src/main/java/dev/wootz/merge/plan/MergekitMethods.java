package dev.wootz.merge.plan;

import java.util.Set;

/** How mergekit's methods treat inputs of unequal shape or dtype, seen by running it: {@link dev.wootz.merge.Mode#MERGEKIT} does so too. */
final class MergekitMethods {
  private static final Set<String> TASK_ARITHMETIC =
      Set.of(
          "task_arithmetic", "ties", "dare_linear", "dare_ties", "breadcrumbs", "breadcrumbs_ties", "della", "della_linear");

  private static final Set<String> CUT_TO_COMMON = Set.of("linear", "slerp", "nuslerp", "model_stock", "arcee_fusion");

  private MergekitMethods() {}

  /** Whether a vocabulary is cut to the base's, and a model whose other tensors have another shape than the base's is left out of them. */
  static boolean followsBase(String method) {
    return TASK_ARITHMETIC.contains(method);
  }

  /** Whether vocabularies are cut to the smallest one. */
  static boolean cutsToCommon(String method) {
    return CUT_TO_COMMON.contains(method);
  }

  /** Whether the output has the base's dtype; the others promote, as PyTorch does. */
  static boolean keepsBaseType(String method) {
    return TASK_ARITHMETIC.contains(method) || method.equals("slerp");
  }
}
