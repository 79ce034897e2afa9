package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.method.Checkpoints.Kind;
import dev.wootz.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The default mode against {@link PlainSpherical}: one rounding at the end, and the same bits however the work is cut. */
class SphericalReferenceTest {
  private static final List<DType> TYPES = List.of(DType.BF16, DType.F16, DType.F32);
  private static final List<long[]> SHAPES = List.of(new long[] {1}, new long[] {7}, new long[] {33, 129}, new long[] {3, 5000});

  private interface Statement {
    double[] merge(Checkpoints c);
  }

  /** A method with parameters, as a merge and as a statement. */
  private record Variant(
      String name, MergeMethod method, int models, boolean base, double[] weights, Map<String, Object> globals, Statement statement) {
    InMemoryMerge merge(Checkpoints c) {
      InMemoryMerge merge = c.into(InMemoryMerge.of(method), weights);
      if (base) {
        merge.base(c.type(), c.base());
      }
      globals.forEach(merge::global);
      return merge;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static double[] w(double... weights) {
    return weights;
  }

  private static double[] onBase(Checkpoints c, double[] delta) {
    return PlainSpherical.add(Checkpoints.widened(c.base()), delta);
  }

  private static Variant linear(boolean normalize, double... weights) {
    return new Variant(
        "linear " + weights.length + (normalize ? "" : " sum"),
        new Linear(),
        weights.length,
        false,
        weights,
        Map.of("normalize", normalize),
        c -> PlainSpherical.linear(c.vectors(), weights, normalize));
  }

  private static Variant slerp(double t) {
    return new Variant(
        "slerp " + t,
        new Slerp(),
        1,
        true,
        w(),
        Map.of("t", t),
        c -> PlainSpherical.slerp(Checkpoints.widened(c.base()), c.vectors()[0], t));
  }

  private static Variant nuslerp(String axis, boolean base, double w1, double w2) {
    double t = w2 / (w1 + w2);
    return new Variant(
        "nuslerp " + axis + (base ? " of deltas" : ""),
        new NuSlerp(),
        2,
        base,
        w(w1, w2),
        Map.of("nuslerp_axis", axis),
        c -> {
          double[][] v = base ? c.deltas() : c.vectors();
          boolean flat = c.shape().length == 1 || axis.equals("tensor");
          double[] merged =
              flat
                  ? PlainSpherical.nuslerp(v[0], v[1], t)
                  : axis.equals("row")
                      ? c.byRows(rows -> PlainSpherical.nuslerp(rows[0], rows[1], t), v)
                      : c.byColumns(columns -> PlainSpherical.nuslerp(columns[0], columns[1], t), v);
          return base ? onBase(c, merged) : merged;
        });
  }

  private static Variant multislerp(boolean base, double eps, double... weights) {
    double sum = Arrays.stream(weights).sum();
    double[] normalized = Arrays.stream(weights).map(weight -> weight / sum).toArray();
    return new Variant(
        "multislerp " + weights.length + (base ? " of deltas" : ""),
        new MultiSlerp(),
        weights.length,
        base,
        weights,
        Map.of("eps", eps),
        c -> {
          double[] merged = PlainSpherical.multislerp(base ? c.deltas() : c.vectors(), normalized, eps);
          return base ? onBase(c, merged) : merged;
        });
  }

  private static Variant karcher(int models) {
    return new Variant(
        "karcher " + models, new Karcher(), models, false, w(), Map.of(), c -> PlainSpherical.karcher(c.vectors(), 10, 1e-5));
  }

  private static Variant modelStock(int models, boolean byRows) {
    return new Variant(
        "model_stock " + models + (byRows ? " by rows" : ""),
        new ModelStock(),
        models,
        true,
        w(),
        Map.of("filter_wise", byRows),
        c -> {
          double[][] withBase = Arrays.copyOf(c.vectors(), models + 1);
          withBase[models] = Checkpoints.widened(c.base());
          return byRows ? c.byRows(SphericalReferenceTest::modelStockOf, withBase) : modelStockOf(withBase);
        });
  }

  /** @param vectors the base last */
  private static double[] modelStockOf(double[][] vectors) {
    return PlainSpherical.modelStock(Arrays.copyOf(vectors, vectors.length - 1), vectors[vectors.length - 1]);
  }

  private static List<Variant> variants() {
    return List.of(
        linear(true, 0.6, 0.4),
        linear(true, 0.5, 0.3, -0.4),
        linear(false, 0.5, 0.3, 0.7, -0.2, 1.5),
        slerp(0.4),
        slerp(-0.25),
        nuslerp("tensor", false, 0.6, 0.3),
        nuslerp("tensor", true, 0.6, 0.3),
        nuslerp("row", false, 0.5, 0.7),
        nuslerp("row", true, 0.5, 0.7),
        nuslerp("column", false, 0.5, 0.7),
        nuslerp("column", true, 1.5, -0.5),
        multislerp(false, 1e-8, 0.7, 0.6),
        multislerp(true, 1e-8, 0.5, 0.3, 0.4),
        multislerp(false, 0.01, 0.5, 0.3, 0.4, 0.1, 0.2),
        karcher(2),
        karcher(3),
        karcher(5),
        modelStock(2, false),
        modelStock(5, false),
        modelStock(3, true));
  }

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Variant variant : variants()) {
      for (DType type : TYPES) {
        for (Kind kind : Kind.values()) {
          for (long[] shape : SHAPES) {
            cases.add(arguments(variant, type, kind, shape));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0} {1} {2} {3}")
  @MethodSource("cases")
  void isOneRoundingAwayFromFloat64(Variant variant, DType type, Kind kind, long[] shape) {
    Checkpoints c = Checkpoints.of(kind, type, variant.models, shape);
    double[] expected = variant.statement.merge(c);
    // The weights of nearly opposite vectors are 1 / sin theta = 20, and move with the cosine's error by 1 / sin^2 theta.
    c.assertOneRounding(variant.merge(c).run().values(), expected, (kind == Kind.NEARLY_OPPOSITE ? 400 : 1) * terms(expected));
  }

  /** Size of what is added up: elsewhere none of these merges has terms much larger than its largest element. */
  private static double terms(double[] expected) {
    double largest = 0.1;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    return 4 * largest;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variantsOnce")
  void hasTheSameBitsHoweverTheWorkIsCut(Variant variant) {
    Checkpoints c = Checkpoints.of(Kind.TUNED, DType.F32, variant.models, 61, 515);
    float[] once = variant.merge(c).tile(1 << 20).run().values();
    for (long tile : new long[] {1, 1024, 5000}) {
      for (int threads : new int[] {1, 3}) {
        assertThat(variant.merge(c).tile(tile).threads(threads).order(tile + threads).run().values())
            .as("tiles of %d elements on %d threads", tile, threads)
            .isEqualTo(once);
      }
    }
  }

  static Stream<Variant> variantsOnce() {
    return variants().stream();
  }
}
