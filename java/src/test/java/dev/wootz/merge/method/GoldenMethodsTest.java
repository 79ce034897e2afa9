package dev.wootz.merge.method;

import static dev.wootz.tensor.DType.BF16;
import static dev.wootz.tensor.DType.F32;

import dev.wootz.merge.kit.Agreement;
import dev.wootz.merge.kit.GoldenMerge;
import dev.wootz.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Merges that mergekit has made, made again in its mode. */
class GoldenMethodsTest {
  private record Case(String name, String method, Agreement bf16, Agreement fp32) {}

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    cases.add(exact("task_arithmetic", "task_arithmetic"));
    cases.add(exact("task_arithmetic_lambda_normalize", "task_arithmetic"));
    cases.add(exact("task_arithmetic_cancelling", "task_arithmetic"));
    cases.add(exact("task_arithmetic_listed_base", "task_arithmetic"));

    cases.add(exact("ties", "ties"));
    cases.add(exact("ties_dtype_f32_out_bf16", "ties"));
    cases.add(exact("ties3", "ties"));
    cases.add(sums("ties_nonorm_rescale", "ties"));
    cases.add(exact("ties_lambda_int8", "ties"));
    cases.add(exact("ties_f16", "ties"));
    cases.add(exact("ties_rescale_f16", "ties"));

    cases.add(exact("breadcrumbs", "breadcrumbs"));
    cases.add(exact("breadcrumbs_default_gamma", "breadcrumbs"));
    cases.add(exact("breadcrumbs_gamma0", "breadcrumbs"));
    cases.add(exact("breadcrumbs_ties", "breadcrumbs_ties"));
    cases.add(sums("breadcrumbs_ties3_rescale_normalize", "breadcrumbs_ties"));
    cases.add(exact("breadcrumbs_rescale_f16", "breadcrumbs"));

    cases.add(sums("dare_linear_seed42", "dare_linear"));
    cases.add(sums("dare_ties", "dare_ties"));
    cases.add(sums("dare_ties3_normalize", "dare_ties"));
    cases.add(sums("dare_norescale", "dare_linear"));
    cases.add(sums("dare_density0", "dare_linear"));
    // float16 results of a float32 factor whose last bit depends on the order of a sum
    Agreement lastBits = Agreement.exactBut(0.001, c -> i -> true);
    cases.add(new Case("dare_f16", "dare_linear", lastBits, lastBits));

    cases.add(sums("della_seed42", "della"));
    cases.add(sums("della_linear", "della_linear"));
    cases.add(sums("della3_default_epsilon", "della"));
    cases.add(sums("della_nonorm_norescale", "della"));
    cases.add(sums("della_density0", "della_linear"));
    cases.add(new Case("della_f16", "della", lastBits, lastBits));

    cases.add(sums("sce", "sce"));
    cases.add(sums("sce3", "sce"));
    cases.add(sums("sce_topk", "sce"));
    cases.add(sums("sce3_topk", "sce"));
    cases.add(exact("sce_f16", "sce"));

    cases.add(exact("nearswap", "nearswap"));
    cases.add(exact("nearswap_f16", "nearswap"));
    cases.add(exact("ram", "ram"));
    Agreement flips = Agreement.exactBut(0.002, c -> i -> true);
    cases.add(new Case("arcee_fusion", "arcee_fusion", Agreement.EXACT, flips));
    cases.add(new Case("arcee_f16", "arcee_fusion", flips, flips));
    return cases;
  }

  private static Case exact(String name, String method) {
    return new Case(name, method, Agreement.EXACT, Agreement.EXACT);
  }

  private static Case sums(String name, String method) {
    return new Case(name, method, Agreement.EXACT, Agreement.LONG_SUMS);
  }

  static Stream<Arguments> carried() {
    return arguments((c, type) -> GoldenMerge.carried(c.name).has(type));
  }

  static Stream<Arguments> all() {
    return arguments((c, type) -> true);
  }

  private static Stream<Arguments> arguments(BiFunction<Case, DType, Boolean> exists) {
    return cases().stream()
        .flatMap(
            c -> Stream.of(BF16, F32).filter(type -> exists.apply(c, type)).map(type -> Arguments.of(c.name, type, c)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("carried")
  void agreesWithMergekit(String name, DType type, Case c) {
    check(GoldenMerge.carried(name), type, c);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("all")
  void agreesWithMergekitInEveryTensor(String name, DType type, Case c) {
    Path root = GoldenMerge.shared().orElse(null);
    Assumptions.assumeTrue(root != null, "no shared/golden/merge beside the project");
    Assumptions.assumeTrue(Files.isDirectory(root.resolve("cases").resolve(name)), "the shared set lacks " + name);
    GoldenMerge merge = GoldenMerge.in(root, name);
    Assumptions.assumeTrue(merge.has(type), "the shared set lacks " + name + " in " + type);
    check(merge, type, c);
  }

  private static void check(GoldenMerge merge, DType type, Case c) {
    Agreement agreement = type == BF16 ? c.bf16 : c.fp32;
    agreement.check(merge.merge(Methods.byName(c.method).orElseThrow(), type));
  }
}
