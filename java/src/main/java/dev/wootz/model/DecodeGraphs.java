package dev.wootz.model;

import dev.wootz.kernel.DeviceException;
import dev.wootz.kernel.DeviceStream;
import dev.wootz.kernel.DeviceStream.Recording;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Steps that compute one token of each sequence, recorded: a device then gets one call for hundreds of operations. There is a recording for each
 * number of sequences, rounded up, and each bound of positions; lengths, block tables and ids are read on the device when it is launched. What
 * additional sequences compute is nobody's, and each row has the bits that it has alone.
 *
 * <p>The first step of a kind is computed plainly, the second recorded. What cannot be recorded is computed plainly from then on.
 */
final class DecodeGraphs implements AutoCloseable {
  /** Numbers of sequences that steps are made up to; beyond the last, multiples of it. */
  private static final int[] SEQUENCES = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};

  /** Computes an uploaded step. */
  @FunctionalInterface
  interface Computation {
    void compute(Step step, int tokens, int rows);
  }

  private final DeviceStream stream;
  private final int maxPositions;
  private final Computation computation;

  /** By sequences and bound. */
  private final Map<Long, Kind> kinds = new HashMap<>();

  private @Nullable Kind last;

  /** Whose memory the recordings read. */
  private @Nullable Step of;

  private static final class Kind {
    final int padded;
    final int bound;
    @Nullable Recording recording;
    boolean refused;
    long steps;

    Kind(int padded, int bound) {
      this.padded = padded;
      this.bound = bound;
    }
  }

  DecodeGraphs(DeviceStream stream, int maxPositions, Computation computation) {
    this.stream = stream;
    this.maxPositions = maxPositions;
    this.computation = computation;
  }

  /** Computes the step, if it is one token of each sequence with logits; returns whether it was. */
  boolean run(Step step) {
    if (step.rowCount() == 0 || !step.decodes()) {
      return false;
    }
    if (of != step) {
      close();
      of = step;
    }
    int padded = Math.min(roundedUp(step.sequences()), step.mostPadded());
    if (padded < step.sequences()) {
      return false;
    }
    step.upload(maxPositions, padded);
    Kind kind = kind(padded, step.bound(maxPositions));
    if (kind.steps++ > 0 && !kind.refused && kind.recording == null) {
      record(kind, step, padded);
    }
    if (kind.recording != null) {
      kind.recording.launch();
    } else {
      computation.compute(step, padded, padded);
    }
    return true;
  }

  /** That of the last step, in most steps. */
  private Kind kind(int padded, int bound) {
    Kind known = last;
    if (known == null || known.padded != padded || known.bound != bound) {
      known = kinds.computeIfAbsent((long) padded << Integer.SIZE | bound, key -> new Kind(padded, bound));
      last = known;
    }
    return known;
  }

  private void record(Kind kind, Step step, int padded) {
    try {
      kind.recording = stream.record(() -> computation.compute(step, padded, padded));
    } catch (DeviceException e) {
      kind.refused = true;
    }
  }

  private static int roundedUp(int sequences) {
    for (int most : SEQUENCES) {
      if (sequences <= most) {
        return most;
      }
    }
    int last = SEQUENCES[SEQUENCES.length - 1];
    return (sequences + last - 1) / last * last;
  }

  /** Recordings at present. */
  int size() {
    return (int) kinds.values().stream().filter(kind -> kind.recording != null).count();
  }

  @Override
  public void close() {
    kinds.values().forEach(
        kind -> {
          if (kind.recording != null) {
            kind.recording.close();
          }
        });
    kinds.clear();
    last = null;
  }
}
