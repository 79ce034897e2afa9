package dev.wootz.engine;

import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.tensor.Tensor;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps the distributions of a continuation: a greedy one, or one whose tokens are given. */
final class DriftProbe implements TokenChoice {
  private final int count;
  private final @Nullable DriftProbe teacher;
  private final List<float[]> logprobs = new ArrayList<>();
  private final int[] ids;

  /** @param teacher whose tokens to follow, or null for the most probable ones */
  DriftProbe(int count, @Nullable DriftProbe teacher) {
    this.count = count;
    this.teacher = teacher;
    this.ids = new int[count];
  }

  @Override
  public @Nullable FinishReason next(Tensor logits) {
    float[] values = new float[(int) logits.elements()];
    FloatBuffer buffer = logits.buffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
    buffer.get(values);
    int place = logprobs.size();
    ids[place] = teacher == null ? logSoftmax(values) : teacher.ids[place];
    if (teacher != null) {
      logSoftmax(values);
    }
    logprobs.add(values);
    return place + 1 == count ? FinishReason.LENGTH : null;
  }

  /** In place; returns the most probable. */
  private static int logSoftmax(float[] values) {
    int top = 0;
    for (int i = 1; i < values.length; i++) {
      top = values[i] > values[top] ? i : top;
    }
    double sum = 0;
    for (float value : values) {
      sum += Math.exp(value - values[top]);
    }
    double log = values[top] + Math.log(sum);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] - log);
    }
    return top;
  }

  /** Whether all places have been seen. */
  boolean full() {
    return logprobs.size() == count;
  }

  /** Of the teacher's distributions from these. */
  Drift drift() {
    double[] divergences = new double[count];
    int same = 0;
    for (int place = 0; place < count; place++) {
      float[] exact = teacher.logprobs.get(place);
      float[] edited = logprobs.get(place);
      int top = 0;
      double kl = 0;
      for (int i = 0; i < exact.length; i++) {
        top = edited[i] > edited[top] ? i : top;
        // A token without probability adds nothing.
        kl += exact[i] > Float.NEGATIVE_INFINITY ? Math.exp(exact[i]) * ((double) exact[i] - edited[i]) : 0;
      }
      divergences[place] = kl;
      same += top == teacher.ids[place] ? 1 : 0;
    }
    Arrays.sort(divergences);
    return new Drift(count, Arrays.stream(divergences).sum() / count, divergences[(int) Math.ceil(0.99 * count) - 1], (double) same / count);
  }

  @Override
  public int last() {
    return ids[logprobs.size() - 1];
  }

  @Override
  public Generation finish(FinishReason reason, int promptTokens, double prefillSeconds, double decodeSeconds) {
    return new Generation("", List.of(), reason, promptTokens, prefillSeconds, decodeSeconds);
  }

  @Override
  public void close() {}
}
