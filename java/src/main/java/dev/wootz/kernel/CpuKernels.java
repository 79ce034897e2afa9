package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.floats;
import static dev.wootz.kernel.NativeArguments.gta;
import static dev.wootz.kernel.NativeArguments.gtaModels;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.model;
import static dev.wootz.kernel.NativeArguments.models;
import static dev.wootz.kernel.NativeArguments.pointer;
import static dev.wootz.kernel.NativeArguments.sameElements;
import static dev.wootz.kernel.NativeArguments.selection;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_distance;
import dev.wootz.bindings.wz_gta;
import dev.wootz.bindings.wz_gta_model;
import dev.wootz.bindings.wz_model;
import dev.wootz.bindings.wz_statistics;
import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.kernel.GtaModel.Sparsifier;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/**
 * The operation table on the CPU: the instruction set is chosen inside the library, once. As long as the table is: a method for each
 * operation, which checks what only Java knows, the sizes of its arguments.
 */
public final class CpuKernels implements Kernels {
  private static final CpuKernels INSTANCE = new CpuKernels();

  private CpuKernels() {}

  public static CpuKernels get() {
    return INSTANCE;
  }

  /** Of the native library: {@code "0.1.0"}. */
  public static String version() {
    return wootz.wz_version().getString();
  }

  @Override
  public String isa() {
    return wootz.wz_cpu_isa().getString();
  }

  @Override
  public void convert(Tensor dst, Tensor src) {
    sameElements(dst.elements(), src, "src");
    check(wootz.wz_convert(pointer(dst), dst.dtype().code(), pointer(src), src.dtype().code(), dst.elements()));
  }

  @Override
  public long philoxKey(long seed, String name, int stream) {
    return wootz.wz_philox_key(seed, name, stream);
  }

  @Override
  public void philoxWords(Tensor out, long key, long first) {
    check(wootz.wz_philox_words(ints(out), key, first, out.elements()));
  }

  @Override
  public void philoxNormal(Tensor out, long key, long first, double mean, double deviation) {
    check(wootz.wz_philox_normal(pointer(out), out.dtype().code(), key, first, out.elements(), mean, deviation));
  }

  @Override
  public void mergeLinear(Tensor out, List<Tensor> x, @Nullable Tensor base, double[] weights, double divisor, Arithmetic arithmetic) {
    long n = out.elements();
    sameCount(weights, x.size());
    try (wz_model models = models(x, n);
        wz_model from = base(base, n)) {
      check(
          wootz.wz_merge_linear(
              pointer(out), out.dtype().code(), models, x.size(), from, weights, divisor, arithmetic.code(), n, null));
    }
  }

  @Override
  public void mergeLinearRows(Tensor out, List<Tensor> x, @Nullable Tensor base, double[] weights, Arithmetic arithmetic) {
    long rows = out.shape().rows();
    sameCount(weights, rows * x.size());
    try (wz_model models = models(x, out.elements());
        wz_model from = base(base, out.elements())) {
      check(
          wootz.wz_merge_linear_rows(
              pointer(out), out.dtype().code(), models, x.size(), from, weights, arithmetic.code(), rows, out.shape().cols(), null));
    }
  }

  @Override
  public void mergeLinearColumns(Tensor out, List<Tensor> x, @Nullable Tensor base, double[] weights, Arithmetic arithmetic) {
    long cols = out.shape().cols();
    sameCount(weights, cols * x.size());
    try (wz_model models = models(x, out.elements());
        wz_model from = base(base, out.elements())) {
      check(
          wootz.wz_merge_linear_columns(
              pointer(out), out.dtype().code(), models, x.size(), from, weights, arithmetic.code(), out.shape().rows(), cols, null));
    }
  }

  @Override
  public void mergeGram(double[] gram, List<Tensor> x, @Nullable Tensor base) {
    long n = x.get(0).elements();
    sameCount(gram, (long) x.size() * x.size());
    try (wz_model models = models(x, n);
        wz_model from = base(base, n)) {
      check(wootz.wz_merge_gram(gram, models, x.size(), from, n, null));
    }
  }

  @Override
  public void mergeGramRows(double[] gram, List<Tensor> x, @Nullable Tensor base) {
    Tensor first = x.get(0);
    sameCount(gram, first.shape().rows() * x.size() * x.size());
    try (wz_model models = models(x, first.elements());
        wz_model from = base(base, first.elements())) {
      check(wootz.wz_merge_gram_rows(gram, models, x.size(), from, first.shape().rows(), first.shape().cols(), null));
    }
  }

  @Override
  public void mergeGramColumns(double[] gram, List<Tensor> x, @Nullable Tensor base) {
    Tensor first = x.get(0);
    sameCount(gram, first.shape().cols() * x.size() * x.size());
    try (wz_model models = models(x, first.elements());
        wz_model from = base(base, first.elements())) {
      check(wootz.wz_merge_gram_columns(gram, models, x.size(), from, first.shape().rows(), first.shape().cols(), null));
    }
  }

  @Override
  public void mergeGta(Tensor out, Tensor base, Gta gta, List<GtaModel> models, Tensor scratch) {
    long n = out.elements();
    sameElements(n, base, "base");
    enough(scratch, base, models);
    try (wz_gta what = gta(out, base, gta);
        wz_gta_model of = gtaModels(models, n)) {
      check(wootz.wz_merge_gta(what, of, models.size(), n, pointer(scratch)));
    }
  }

  @Override
  public long mergeGtaScratch(long cols, int models) {
    return wootz.wz_merge_gta_scratch(cols, models);
  }

  @Override
  public void mergeGtaL1(double[] sums, Tensor base, Gta gta, List<GtaModel> models, Tensor scratch) {
    long n = base.elements();
    sameCount(sums, 2L * models.size());
    enough(scratch, base, models);
    try (wz_gta what = gta(null, base, gta);
        wz_gta_model of = gtaModels(models, n)) {
      check(wootz.wz_merge_gta_l1(sums, what, of, models.size(), n, pointer(scratch)));
    }
  }

  @Override
  public void mergeDeltaKeys(Tensor key, Tensor x, Tensor base, Arithmetic arithmetic) {
    sameElements(key.elements(), x, "x");
    try (wz_model model = model(x);
        wz_model from = base(base, key.elements())) {
      check(wootz.wz_merge_delta_keys(ints(key), model, from, arithmetic.code(), key.elements()));
    }
  }

  @Override
  public void mergeVarianceKeys(Tensor key, List<Tensor> x, Tensor base, Arithmetic arithmetic) {
    try (wz_model models = models(x, key.elements());
        wz_model from = base(base, key.elements())) {
      check(wootz.wz_merge_variance_keys(ints(key), models, x.size(), from, arithmetic.code(), key.elements()));
    }
  }

  @Override
  public void mergeFusionKeys(Tensor key, Tensor x, Tensor base, Arithmetic arithmetic) {
    sameElements(key.elements(), x, "x");
    try (wz_model model = model(x);
        wz_model from = base(base, key.elements())) {
      check(wootz.wz_merge_fusion_keys(ints(key), model, from, arithmetic.code(), x.shape().rows(), x.shape().cols()));
    }
  }

  @Override
  public void selectHistogram(long[] histogram, Tensor key, int level, int prefix) {
    if (histogram.length != 1 << 16) {
      throw new KernelException("a histogram has 65536 counts, found " + histogram.length);
    }
    try (LongPointer counts = new LongPointer(histogram)) {
      check(wootz.wz_select_histogram(counts, ints(key), key.elements(), level, prefix));
      counts.get(histogram);
    }
  }

  @Override
  public void selectCount(long[] counts, Tensor key, int value) {
    counts(counts, 3);
    try (LongPointer result = new LongPointer(counts)) {
      check(wootz.wz_select_count(result, ints(key), key.elements(), value));
      result.get(counts);
    }
  }

  @Override
  public void selectBetween(Tensor found, long[] counts, Tensor key, int low, int high) {
    counts(counts, 5);
    try (LongPointer result = new LongPointer(counts)) {
      check(wootz.wz_select_between(ints(found), found.elements(), result, ints(key), key.elements(), low, high));
      result.get(counts);
    }
  }

  @Override
  public int selectRank(long[] below, long[] equal, Tensor key, long[] lengths, long rank) {
    counts(below, lengths.length);
    counts(equal, lengths.length);
    sameElements(Arrays.stream(lengths).sum(), key, "key");
    try (IntPointer found = new IntPointer(1);
        LongPointer smaller = new LongPointer(below);
        LongPointer same = new LongPointer(equal);
        LongPointer pieces = new LongPointer(lengths)) {
      check(wootz.wz_select_rank(found, smaller, same, ints(key), pieces, lengths.length, rank));
      smaller.get(below);
      same.get(equal);
      return found.get();
    }
  }

  @Override
  public void mergeDeltaBetween(Tensor found, long[] counts, Tensor x, Tensor base, Arithmetic arithmetic, int low, int high) {
    counts(counts, 5);
    long n = x.elements();
    try (LongPointer result = new LongPointer(counts);
        wz_model model = model(x);
        wz_model from = base(base, n)) {
      check(
          wootz.wz_merge_delta_between(ints(found), found.elements(), result, model, from, arithmetic.code(), n, low, high));
      result.get(counts);
    }
  }

  @Override
  public void selectRowRanks(Tensor rank, Tensor key) {
    sameElements(rank.elements(), key, "key");
    check(wootz.wz_select_row_ranks(ints(rank), ints(key), key.shape().rows(), key.shape().cols()));
  }

  @Override
  public void mergeSceSquares(double[] sums, List<Tensor> x, Tensor base, @Nullable MagnitudeRange select, Arithmetic arithmetic) {
    long n = base.elements();
    sameCount(sums, x.size());
    try (wz_model models = models(x, n);
        wz_model from = model(base);
        wz_gta_model where = selection(select)) {
      check(wootz.wz_merge_sce_squares(sums, models, x.size(), from, where, arithmetic.code(), n));
    }
  }

  @Override
  public void mergeSce(
      Tensor out, List<Tensor> x, Tensor base, @Nullable MagnitudeRange select, double[] weights, Arithmetic arithmetic) {
    long n = out.elements();
    sameCount(weights, x.size());
    try (wz_model models = models(x, n);
        wz_model from = base(base, n);
        wz_gta_model where = selection(select)) {
      check(wootz.wz_merge_sce(pointer(out), out.dtype().code(), models, x.size(), from, where, weights, arithmetic.code(), n));
    }
  }

  @Override
  public void mergeNearswap(Tensor out, Tensor x, Tensor base, double t, Arithmetic arithmetic) {
    long n = out.elements();
    sameElements(n, x, "x");
    try (wz_model model = model(x);
        wz_model from = base(base, n)) {
      check(wootz.wz_merge_nearswap(pointer(out), out.dtype().code(), model, from, t, arithmetic.code(), n));
    }
  }

  @Override
  public void mergeRamCounts(long[] counts, List<Tensor> x, Tensor base, double epsilon, Arithmetic arithmetic) {
    long n = base.elements();
    if (counts.length != 2 * x.size()) {
      throw new KernelException("expected " + 2 * x.size() + " counts, found " + counts.length);
    }
    try (wz_model models = models(x, n);
        wz_model from = model(base)) {
      check(wootz.wz_merge_ram_counts(counts, models, x.size(), from, epsilon, arithmetic.code(), n));
    }
  }

  @Override
  public void mergeRam(Tensor out, List<Tensor> x, Tensor base, double epsilon, double @Nullable [] scale, Arithmetic arithmetic) {
    long n = out.elements();
    if (scale != null) {
      sameCount(scale, x.size());
    }
    try (wz_model models = models(x, n);
        wz_model from = base(base, n)) {
      check(wootz.wz_merge_ram(pointer(out), out.dtype().code(), models, x.size(), from, epsilon, scale, arithmetic.code(), n));
    }
  }

  @Override
  public void mergeFusion(Tensor out, Tensor x, Tensor base, Tensor key, int threshold, Arithmetic arithmetic) {
    long n = out.elements();
    sameElements(n, x, "x");
    sameElements(n, key, "key");
    try (wz_model model = model(x);
        wz_model from = base(base, n)) {
      check(wootz.wz_merge_fusion(pointer(out), out.dtype().code(), model, from, ints(key), threshold, arithmetic.code(), n));
    }
  }

  @Override
  public void mergeLora(Tensor out, Tensor w, Tensor b, Tensor a, double scale) {
    long rows = out.shape().rows();
    long cols = out.shape().cols();
    long rank = b.shape().cols();
    sameElements(out.elements(), w, "w");
    sameElements(rows * rank, b, "b");
    sameElements(rank * cols, a, "a");
    check(
        wootz.wz_merge_lora(
            pointer(out), out.dtype().code(), pointer(w), w.dtype().code(), floats(b), floats(a), scale, rows, cols, rank, null));
  }

  @Override
  public void matmulF32(Tensor c, Tensor a, Tensor b, boolean transposeA) {
    long m = c.shape().rows();
    long n = c.shape().cols();
    long k = b.shape().rows();
    sameElements(m * k, a, "a");
    sameElements(k * n, b, "b");
    check(wootz.wz_matmul_f32(floats(c), floats(a), floats(b), m, n, k, transposeA ? 1 : 0, null));
  }

  @Override
  public void vectorAdd(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic) {
    same(out, a, b);
    check(wootz.wz_vector_add(floats(out), floats(a), floats(b), arithmetic.code(), out.elements()));
  }

  @Override
  public void vectorSubtract(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic) {
    same(out, a, b);
    check(wootz.wz_vector_subtract(floats(out), floats(a), floats(b), arithmetic.code(), out.elements()));
  }

  @Override
  public void vectorMultiply(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic) {
    same(out, a, b);
    check(wootz.wz_vector_multiply(floats(out), floats(a), floats(b), arithmetic.code(), out.elements()));
  }

  @Override
  public void vectorDivide(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic) {
    same(out, a, b);
    check(wootz.wz_vector_divide(floats(out), floats(a), floats(b), arithmetic.code(), out.elements()));
  }

  @Override
  public void vectorScale(Tensor out, Tensor a, double s, Arithmetic arithmetic) {
    sameElements(out.elements(), a, "a");
    check(wootz.wz_vector_scale(floats(out), floats(a), s, arithmetic.code(), out.elements()));
  }

  @Override
  public void vectorDivideBy(Tensor out, Tensor a, double s, Arithmetic arithmetic) {
    sameElements(out.elements(), a, "a");
    check(wootz.wz_vector_divide_by(floats(out), floats(a), s, arithmetic.code(), out.elements()));
  }

  @Override
  public void vectorAddScalar(Tensor out, Tensor a, double s, Arithmetic arithmetic) {
    sameElements(out.elements(), a, "a");
    check(wootz.wz_vector_add_scalar(floats(out), floats(a), s, arithmetic.code(), out.elements()));
  }

  @Override
  public double vectorDot(Tensor a, Tensor b) {
    sameElements(a.elements(), b, "b");
    try (DoublePointer sum = new DoublePointer(0.0)) {
      check(wootz.wz_vector_dot(sum, floats(a), floats(b), a.elements()));
      return sum.get();
    }
  }

  @Override
  public double round(double v, Arithmetic arithmetic) {
    return wootz.wz_round(v, arithmetic.code());
  }

  @Override
  public Statistics statistics(Statistics before, Tensor x) {
    try (wz_statistics s = new wz_statistics()) {
      s.count(before.count()).zeros(before.zeros()).nans(before.nans()).infinities(before.infinities());
      s.minimum(before.minimum()).maximum(before.maximum()).sum(before.sum()).sum_squares(before.sumSquares());
      check(wootz.wz_statistics_add(s, pointer(x), x.dtype().code(), x.elements()));
      return new Statistics(s.count(), s.zeros(), s.nans(), s.infinities(), s.minimum(), s.maximum(), s.sum(), s.sum_squares());
    }
  }

  @Override
  public Distance distance(Distance before, Tensor a, Tensor b) {
    sameElements(a.elements(), b, "b");
    try (wz_distance d = new wz_distance()) {
      d.count(before.count()).different(before.different()).dot(before.dot());
      d.norm_a_squared(before.normASquared()).norm_b_squared(before.normBSquared());
      d.difference_squared(before.differenceSquared()).maximum_difference(before.maximumDifference());
      check(wootz.wz_distance_add(d, pointer(a), a.dtype().code(), pointer(b), b.dtype().code(), a.elements()));
      return new Distance(
          d.count(), d.different(), d.dot(), d.norm_a_squared(), d.norm_b_squared(), d.difference_squared(), d.maximum_difference());
    }
  }

  private static wz_model base(@Nullable Tensor base, long elements) {
    if (base != null) {
      sameElements(elements, base, "base");
    }
    return model(base);
  }

  private static void same(Tensor out, Tensor a, Tensor b) {
    sameElements(out.elements(), a, "a");
    sameElements(out.elements(), b, "b");
  }

  private static void sameCount(double[] values, long expected) {
    if (values.length != expected) {
      throw new KernelException("expected " + expected + " values, found " + values.length);
    }
  }

  private static void counts(long[] counts, int expected) {
    if (counts.length != expected) {
      throw new KernelException("expected " + expected + " counts, found " + counts.length);
    }
  }

  private static void enough(Tensor scratch, Tensor base, List<GtaModel> models) {
    boolean ranks = models.stream().anyMatch(model -> model.sparsifier() == Sparsifier.KEEP_RANKED);
    long needed = wootz.wz_merge_gta_scratch(ranks ? base.shape().cols() : 0, models.size());
    if (scratch.bytes() < needed) {
      throw new KernelException("scratch has " + scratch.bytes() + " bytes, expected at least " + needed);
    }
  }
}
