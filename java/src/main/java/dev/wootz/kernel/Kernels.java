package dev.wootz.kernel;

import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operation table, 1:1 with the headers in {@code native/src/main/cpp/include/wootz}: each method is the operation of the same
 * name ({@code wz_merge_linear} is {@link #mergeLinear}), whose comment there is the specification. All are safe to call from many
 * threads at once and run on the calling thread.
 *
 * <p>Every method throws {@link KernelException} with the operation's message for shapes, types or values that it refuses.
 */
public interface Kernels {

  /** dst = convert(src), element by element, rounded to nearest, ties to even. */
  void convert(Tensor dst, Tensor src);

  // -- random ------------------------------------------------------------------------------------------------------------------

  long philoxKey(long seed, String name, int stream);

  /** @param out i32 */
  void philoxWords(Tensor out, long key, long first);

  /** @param out f32, f16 or bf16 */
  void philoxNormal(Tensor out, long key, long first, double mean, double deviation);

  // -- linear combinations -----------------------------------------------------------------------------------------------------

  void mergeLinear(Tensor out, List<Tensor> x, @Nullable Tensor base, double[] weights, double divisor, Arithmetic arithmetic);

  /** @param weights [rows, models] */
  void mergeLinearRows(Tensor out, List<Tensor> x, @Nullable Tensor base, double[] weights, Arithmetic arithmetic);

  /** @param weights [models, cols] */
  void mergeLinearColumns(Tensor out, List<Tensor> x, @Nullable Tensor base, double[] weights, Arithmetic arithmetic);

  /** @param gram [models, models], added to */
  void mergeGram(double[] gram, List<Tensor> x, @Nullable Tensor base);

  /** @param gram [rows, models, models], added to */
  void mergeGramRows(double[] gram, List<Tensor> x, @Nullable Tensor base);

  /** @param gram [models, models, cols], added to */
  void mergeGramColumns(double[] gram, List<Tensor> x, @Nullable Tensor base);

  // -- generalised task arithmetic ---------------------------------------------------------------------------------------------

  /**
   * What {@link #mergeGta} does with the sparsified deltas.
   *
   * @param first flat index of the piece's first element in its tensor
   */
  record Gta(Arithmetic arithmetic, boolean consensus, boolean normalize, double lambda, long first) {}

  /** @param scratch at least {@link #mergeGtaScratch} bytes; out's last extent is the row length */
  void mergeGta(Tensor out, Tensor base, Gta gta, List<GtaModel> models, Tensor scratch);

  /** @param cols row length where a model is KEEP_RANKED, 0 where none is */
  long mergeGtaScratch(long cols, int models);

  /** @param sums [models, 2], added to: the sums of |d| and of |sparsified d| */
  void mergeGtaL1(double[] sums, Tensor base, Gta gta, List<GtaModel> models, Tensor scratch);

  // -- order statistics --------------------------------------------------------------------------------------------------------

  /** @param key i32, one per element */
  void mergeDeltaKeys(Tensor key, Tensor x, Tensor base, Arithmetic arithmetic);

  void mergeVarianceKeys(Tensor key, List<Tensor> x, Tensor base, Arithmetic arithmetic);

  void mergeFusionKeys(Tensor key, Tensor x, Tensor base, Arithmetic arithmetic);

  /** @param histogram [65536], added to */
  void selectHistogram(long[] histogram, Tensor key, int level, int prefix);

  /** @param counts [3], added to: below, equal, above */
  void selectCount(long[] counts, Tensor key, int value);

  /**
   * @param found i32; gets the keys between {@code low} and {@code high}, both excluded
   * @param counts [5], added to: below low, equal to low, between (also past the capacity of {@code found}), equal to high, above high
   */
  void selectBetween(Tensor found, long[] counts, Tensor key, int low, int high);

  /**
   * The key at place {@code rank}, from 0, of the ascending order of keys (unsigned) that are pieces, one after the other.
   *
   * @param below,equal [pieces], how many keys of each piece are smaller than the one that is returned, equal to it
   * @param key i32
   * @param lengths [pieces], elements of each
   */
  int selectRank(long[] below, long[] equal, Tensor key, long[] lengths, long rank);

  /** {@link #mergeDeltaKeys} and {@link #selectBetween} in one, without the keys. */
  void mergeDeltaBetween(Tensor found, long[] counts, Tensor x, Tensor base, Arithmetic arithmetic, int low, int high);

  /** @param rank i32 [rows, cols]; @param key i32 [rows, cols] */
  void selectRowRanks(Tensor rank, Tensor key);

  // -- the other methods -------------------------------------------------------------------------------------------------------

  /** @param select null selects every position; @param sums [models], added to */
  void mergeSceSquares(double[] sums, List<Tensor> x, Tensor base, @Nullable MagnitudeRange select, Arithmetic arithmetic);

  void mergeSce(Tensor out, List<Tensor> x, Tensor base, @Nullable MagnitudeRange select, double[] weights, Arithmetic arithmetic);

  void mergeNearswap(Tensor out, Tensor x, Tensor base, double t, Arithmetic arithmetic);

  /** @param counts [models, 2], added to: elements where only this model is active, where it and another are */
  void mergeRamCounts(long[] counts, List<Tensor> x, Tensor base, double epsilon, Arithmetic arithmetic);

  void mergeRam(Tensor out, List<Tensor> x, Tensor base, double epsilon, double @Nullable [] scale, Arithmetic arithmetic);

  void mergeFusion(Tensor out, Tensor x, Tensor base, Tensor key, int threshold, Arithmetic arithmetic);

  // -- adapters and matrices ---------------------------------------------------------------------------------------------------

  /** out = w + scale b a; @param b f32 [rows, rank]; @param a f32 [rank, cols] */
  void mergeLora(Tensor out, Tensor w, Tensor b, Tensor a, double scale);

  /** c = op(a) b, all f32 */
  void matmulF32(Tensor c, Tensor a, Tensor b, boolean transposeA);

  // -- single rounded steps ----------------------------------------------------------------------------------------------------

  void vectorAdd(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic);

  void vectorSubtract(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic);

  void vectorMultiply(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic);

  void vectorDivide(Tensor out, Tensor a, Tensor b, Arithmetic arithmetic);

  void vectorScale(Tensor out, Tensor a, double s, Arithmetic arithmetic);

  void vectorDivideBy(Tensor out, Tensor a, double s, Arithmetic arithmetic);

  void vectorAddScalar(Tensor out, Tensor a, double s, Arithmetic arithmetic);

  double vectorDot(Tensor a, Tensor b);

  /** {@code v} rounded to the arithmetic. */
  double round(double v, Arithmetic arithmetic);

  // -- statistics --------------------------------------------------------------------------------------------------------------

  /** {@code wz_statistics}. */
  record Statistics(
      long count, long zeros, long nans, long infinities, double minimum, double maximum, double sum, double sumSquares) {
    public static final Statistics NONE =
        new Statistics(0, 0, 0, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, 0);
  }

  Statistics statistics(Statistics before, Tensor x);

  /** {@code wz_distance}. */
  record Distance(
      long count, long different, double dot, double normASquared, double normBSquared, double differenceSquared, double maximumDifference) {
    public static final Distance NONE = new Distance(0, 0, 0, 0, 0, 0, 0);
  }

  Distance distance(Distance before, Tensor a, Tensor b);

  /** The instruction set in use: "avx512", "avx2", "neon" or "reference". */
  String isa();

  /** Whether {@code type} can be the output of an operation. */
  static boolean writable(DType type) {
    return type == DType.F32 || type == DType.F16 || type == DType.BF16;
  }
}
