package dev.wootz.merge.lora;

import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;

/**
 * The largest singular values of a difference D and their vectors, by subspace iteration from a random start with Rayleigh-Ritz steps
 * (Halko, Martinsson and Tropp, Finding structure with randomness, 2011, arXiv 0909.4061). Only products of D with a few columns touch D
 * itself. The subspace is wider than the rank, and the iteration ends when a round no longer lowers the error of the approximation.
 *
 * <p>Matrices with a short side of few dozen elements, or no longer than the subspace is wide, are decomposed exactly: the basis is the
 * identity.
 *
 * <p>The result depends on D, the rank and the key alone.
 */
final class TruncatedSvd {
  /** Short sides up to this are decomposed exactly, whatever the rank. */
  private static final long SMALL = 64;

  /** Columns that the matrix product computes together: a subspace of a multiple costs no more than one a little narrower. */
  private static final int PANEL = 16;

  private static final int MAX_ROUNDS = 12;

  /**
   * Of the error |D - D_r|^2: a round that lowers it by less is the last. The error is then at most about four times as much above the best
   * one: that is reached by pure noise, whose singular values fall slowest.
   */
  private static final double WORTHWHILE = 5e-4;

  /** Of |D|^2: below it is the rounding of float32 factors. */
  private static final double NEGLIGIBLE = 1e-13;

  /** Of the largest singular value: what float32 still resolves beside it. */
  private static final double RESOLVED = 1.2e-7;

  private final Difference d;
  private final int rank;
  private final Runnable interruption;

  /** @param interruption called between products; throws to end the decomposition */
  TruncatedSvd(Difference d, int rank, Runnable interruption) {
    this.d = d;
    this.rank = (int) Math.min(rank, d.shortSide());
    this.interruption = interruption;
  }

  /** Columns of the subspace for a rank: an eighth to a half more. */
  static int width(int rank) {
    return Math.toIntExact((rank + Math.max(8L, rank / 4) + PANEL - 1) / PANEL * PANEL);
  }

  /**
   * D is about B A. The caller closes the factors.
   *
   * @param epsilon drops singular values below this many times the largest
   * @param key of the Philox sequence that the start is drawn from
   */
  LowRankFactors factors(double epsilon, long key) {
    try (RitzPairs ritz = width(rank) >= d.shortSide() || d.shortSide() <= SMALL ? exact() : iterated(key)) {
      double[] sigma = ritz.singularValues();
      int kept = 0;
      while (kept < Math.min(rank, sigma.length) && sigma[kept] >= Math.max(epsilon, RESOLVED) * sigma[0]) {
        kept++;
      }
      return ritz.factors(kept, d.tall());
    }
  }

  private RitzPairs exact() {
    return RitzPairs.of(d, Columns.identity(Math.toIntExact(d.shortSide())));
  }

  private RitzPairs iterated(long key) {
    double total = d.energy();
    RitzPairs ritz = RitzPairs.of(d, start(key));
    for (int round = 1; round < MAX_ROUNDS && total - ritz.energy(rank) > NEGLIGIBLE * total; round++) {
      interruption.run();
      RitzPairs next = RitzPairs.of(d, basis(ritz));
      double gain = next.energy(rank) - ritz.energy(rank);
      ritz.close();
      ritz = next;
      if (gain <= WORTHWHILE * (total - next.energy(rank))) {
        break;
      }
    }
    return ritz;
  }

  /** The range of D applied to normal random vectors. */
  private Columns start(long key) {
    Kernels kernels = CpuKernels.get();
    try (Columns random = Columns.allocate(d.longSide(), width(rank))) {
      kernels.philoxNormal(random.tensor(), key, 0, 0, 1);
      return range(random);
    }
  }

  /** One power of D D^T on: the range of D applied to the right singular vectors that were found. */
  private Columns basis(RitzPairs ritz) {
    try (Columns right = ritz.rightVectors()) {
      interruption.run();
      return range(right);
    }
  }

  private Columns range(Columns x) {
    try (Columns image = d.times(x)) {
      interruption.run();
      return OrthonormalBasis.of(image);
    }
  }
}
