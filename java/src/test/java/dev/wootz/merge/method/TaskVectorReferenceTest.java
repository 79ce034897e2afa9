package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.kit.OneRounding;
import dev.wootz.merge.kit.PlainPhilox;
import dev.wootz.merge.kit.RandomModels;
import dev.wootz.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The default mode of every method of the family against its plain statement: three models, odd sizes, many tiles, shuffled, threads. */
class TaskVectorReferenceTest {
  private static final String NAME = "model.layers.3.mlp.gate_proj.weight";
  private static final double[] WEIGHTS = {0.5, -0.375, 0.75};
  private static final double[] DENSITIES = {0.3, 0.55, 1};

  /** How a method's trim is stated: factors of the elements of one model. */
  private interface Statement {
    double[] factors(float[] x, float[] base, int cols, int model, double density);
  }

  static Stream<Arguments> cases() {
    Statement all = (x, base, cols, model, density) -> PlainTaskVectors.all(x.length);
    Statement largest =
        (x, base, cols, model, density) -> {
          long k = Math.max(1, (long) (density * x.length));
          return PlainTaskVectors.window(x, base, x.length - k, x.length);
        };
    Statement breadcrumbs =
        (x, base, cols, model, density) -> {
          long n = x.length;
          long kept = (long) (density * n);
          long top = Math.min((long) (0.2 * n), n - kept);
          return PlainTaskVectors.window(x, base, n - top - kept, n - top);
        };
    Statement random = (x, base, cols, model, density) -> PlainTaskVectors.random(x.length, philox(model), density, true);
    Statement ranked =
        (x, base, cols, model, density) -> PlainTaskVectors.ranked(x, base, cols, philox(model), density, 0.15, true);
    return Stream.of(
            new Object[] {"task_arithmetic", false, Map.of(), all},
            new Object[] {"task_arithmetic", false, Map.of("normalize", true, "lambda", 0.7), all},
            new Object[] {"ties", true, Map.of(), largest},
            new Object[] {"ties", true, Map.of("normalize", false, "lambda", 1.5), largest},
            new Object[] {"ties", true, Map.of("rescale", true), l1(largest)},
            new Object[] {"breadcrumbs", false, Map.of(), breadcrumbs},
            new Object[] {"breadcrumbs_ties", true, Map.of("rescale", true), l1(breadcrumbs)},
            new Object[] {"dare_linear", false, Map.of(), random},
            new Object[] {"dare_linear", false, Map.of("rescale", false), unscaled(random)},
            new Object[] {"dare_linear", false, Map.of("rescale_mode", "l1"), l1(unscaled(random))},
            new Object[] {"dare_ties", true, Map.of("normalize", true), random},
            new Object[] {"della", true, Map.of(), ranked},
            new Object[] {"della_linear", false, Map.of("rescale", false), unscaled(ranked)},
            new Object[] {"della_linear", false, Map.of("rescale_mode", "l1"), l1(unscaled(ranked))})
        .flatMap(row -> Stream.of(DType.BF16, DType.F16, DType.F32).map(type -> Arguments.of(row[0], row[1], row[2], row[3], type)));
  }

  @ParameterizedTest(name = "{0} {2} {4}")
  @MethodSource("cases")
  void agreesWithThePlainStatement(String name, boolean consensus, Map<String, Object> globals, Statement trim, DType type) {
    MergeMethod method = Methods.byName(name).orElseThrow();
    int[][] shapes = {{1, 1}, {1, 7}, {3, 5}, {7, 257}, {1, 3000}, {96, 257}, {300, 64}};
    for (int[] shape : shapes) {
      int n = shape[0] * shape[1];
      RandomModels models = new RandomModels(type, n, 7 * n);
      InMemoryMerge merge = InMemoryMerge.of(method).name(NAME).seed(11).shape(shape[0], shape[1]).base(type, models.base());
      List<PlainTaskVectors.Model> plain = new ArrayList<>();
      double[] scale = new double[n];
      for (int m = 0; m < WEIGHTS.length; m++) {
        float[] x = models.tuned(0.004);
        double density = method instanceof TaskArithmetic ? 1 : DENSITIES[m];
        merge.model("m" + m, type, x, parameters(method, WEIGHTS[m], density));
        double[] factors = density == 1 ? PlainTaskVectors.all(n) : trim.factors(x, models.base(), shape[1], m + 1, density);
        plain.add(new PlainTaskVectors.Model(x, WEIGHTS[m], factors));
        for (int i = 0; i < n; i++) {
          scale[i] += Math.abs(models.base()[i]) + 2 * factors[i] * Math.abs(x[i] - models.base()[i]);
        }
      }
      globals.forEach(merge::global);
      boolean normalize = (Boolean) globals.getOrDefault("normalize", method instanceof Ties || method.name().equals("della"));
      double lambda = (Double) globals.getOrDefault("lambda", 1.0);
      // Normalised by what is left of weights that partly cancel, the terms weigh up to 8 times more.
      double[] expected = PlainTaskVectors.merge(models.base(), plain, consensus, normalize, lambda);
      InMemoryMerge.Result result = merge.tile(2048).threads(3).run();
      int undecided = 0;
      for (int i = 0; i < n; i++) {
        scale[i] *= normalize ? 8 : 1;
        // Keep probabilities are multiples of 2^-32, and so are those that are divided by.
        scale[i] *= type == DType.F32 && name.startsWith("della") ? 0x1p22 : 1;
        if (consensus && PlainTaskVectors.undecided(models.base(), plain, i)) {
          undecided++;
          expected[i] = result.values()[i];
        }
      }
      assertThat(undecided).isLessThanOrEqualTo(n / 100);
      OneRounding.check(type, expected, scale, result.values());
      assertThat(result.warnings()).isEmpty();
      assertThat(merge.tile(1 << 20).threads(1).order(5).probes(false).run().values()).isEqualTo(result.values());
      assertThat(merge.tile(1024).order(9).run().values()).isEqualTo(result.values());
    }
  }

  private static Map<String, Object> parameters(MergeMethod method, double weight, double density) {
    return method instanceof Breadcrumbs
        ? Map.of("weight", weight, "density", density, "gamma", 0.2)
        : Map.of("weight", weight, "density", density);
  }

  private static Statement unscaled(Statement statement) {
    return (x, base, cols, model, density) -> {
      double[] factors = statement.factors(x, base, cols, model, density);
      for (int i = 0; i < factors.length; i++) {
        factors[i] = factors[i] == 0 ? 0 : 1;
      }
      return factors;
    };
  }

  private static Statement l1(Statement statement) {
    return (x, base, cols, model, density) -> PlainTaskVectors.l1(x, base, statement.factors(x, base, cols, model, density));
  }

  private static PlainPhilox philox(int model) {
    return PlainPhilox.of(11, NAME, model);
  }
}
