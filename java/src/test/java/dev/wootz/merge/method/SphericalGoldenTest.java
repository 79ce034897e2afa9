package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.wootz.merge.kit.Agreement;
import dev.wootz.merge.kit.Comparison;
import dev.wootz.merge.kit.GoldenMerge;
import dev.wootz.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Averages and spherical means that mergekit has made, made again in its mode. */
class SphericalGoldenTest {

  /** Agreement in 16-bit types is always exact; float32 norms, angles and sums differ in last bits where PyTorch adds many numbers. */
  private record Case(String name, String method, Agreement fp32) {}

  private static final List<Case> CASES =
      List.of(
          new Case("linear", "linear", Agreement.EXACT),
          new Case("linear_nonorm", "linear", Agreement.EXACT),
          new Case("linear_dtype_f32_out_bf16", "linear", Agreement.EXACT),
          new Case("linear3", "linear", Agreement.EXACT),
          new Case("linear3_f16", "linear", Agreement.EXACT),
          new Case("slerp", "slerp", Agreement.EXACT),
          new Case("slerp_from_second", "slerp", Agreement.EXACT),
          new Case("slerp_beyond", "slerp", Agreement.EXACT),
          new Case("slerp_f16", "slerp", Agreement.EXACT),
          new Case("nuslerp", "nuslerp", Agreement.LONG_SUMS),
          new Case("nuslerp_deltas", "nuslerp", Agreement.LONG_SUMS),
          new Case("nuslerp_rows", "nuslerp", Agreement.LONG_SUMS),
          new Case("nuslerp_rows_f16", "nuslerp", Agreement.EXACT),
          new Case("nuslerp_columns", "nuslerp", Agreement.LONG_SUMS),
          new Case("nuslerp_columns_deltas", "nuslerp", Agreement.LONG_SUMS),
          new Case("multislerp", "multislerp", Agreement.LONG_SUMS),
          new Case("multislerp2", "multislerp", Agreement.LONG_SUMS),
          new Case("multislerp3_deltas_eps", "multislerp", Agreement.LONG_SUMS),
          new Case("karcher", "karcher", Agreement.EXACT),
          new Case("karcher3", "karcher", Agreement.LONG_SUMS),
          new Case("karcher3_base", "karcher", Agreement.LONG_SUMS),
          new Case("karcher3_iterations", "karcher", Agreement.LONG_SUMS),
          new Case("model_stock", "model_stock", Agreement.LONG_SUMS),
          new Case("model_stock3_filter_wise", "model_stock", Agreement.LONG_SUMS),
          new Case("model_stock3_f16", "model_stock", Agreement.EXACT),
          new Case("passthrough_scale", "passthrough", Agreement.EXACT));

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Case c : CASES) {
      add(cases, GoldenMerge.carried(), c, "carried");
      Optional<Path> shared = GoldenMerge.shared();
      if (shared.isPresent()) {
        add(cases, shared.get(), c, "whole");
      }
    }
    return cases.stream();
  }

  private static void add(List<Arguments> cases, Path root, Case c, String what) {
    if (!Files.isDirectory(root.resolve("cases").resolve(c.name))) {
      return;
    }
    GoldenMerge merge = GoldenMerge.in(root, c.name);
    for (DType type : List.of(DType.BF16, DType.F32)) {
      if (merge.has(type)) {
        cases.add(arguments(c.name, what, type, merge, c));
      }
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("cases")
  void agreesWithMergekit(String name, String what, DType type, GoldenMerge merge, Case c) {
    List<Comparison> comparisons = merge.merge(Methods.byName(c.method).orElseThrow(), type);
    assertThat(comparisons).isNotEmpty();
    (type == DType.BF16 ? Agreement.EXACT : c.fp32).check(comparisons);
  }
}
