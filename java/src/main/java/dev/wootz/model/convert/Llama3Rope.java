package dev.wootz.model.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;

/**
 * Llama 3's rotary scaling: wave lengths below original / high stay, those above original / low are stretched by the factor, and between them the
 * two are blended. From a GGUF file the settings are found again from the factors that a GGUF file has in their place: all published models have the same
 * but for {@code factor}, the largest of the factors. Others are refused, for config.json cannot say them.
 */
record Llama3Rope(double factor, double low, double high, long original) {
  private static final double TOLERANCE = 1e-4;

  static Llama3Rope of(GgufFile file, String tensor, double theta) {
    Tensor stored = file.map(tensor);
    if (stored.dtype() != DType.F32) {
      throw new FormatException(Reason.CONVERSION_UNSUPPORTED, file.path(), tensor, "found type " + stored.dtype() + ", expected f32");
    }
    float[] factors = stored.toFloats();
    double largest = 1;
    for (float factor : factors) {
      largest = Math.max(largest, factor);
    }
    double rounded = Double.parseDouble(Float.toString((float) largest));
    for (long original : new long[] {8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16384, 32768}) {
      Llama3Rope rope = new Llama3Rope(rounded, 1, 4, original);
      if (rope.gives(factors, theta)) {
        return rope;
      }
    }
    throw new FormatException(
        Reason.CONVERSION_UNSUPPORTED, file.path(), tensor, "found factors that no rotary scaling of Llama 3 gives, which config.json cannot express");
  }

  /** What the frequency of pair i of a head of {@code 2 n} elements is divided by. */
  float[] factors(int n, double theta) {
    float[] factors = new float[n];
    for (int i = 0; i < n; i++) {
      double wave = 2 * Math.PI * Math.pow(theta, (double) i / n);
      double smooth = Math.min(1, Math.max(0, (original / wave - low) / (high - low)));
      factors[i] = (float) (1 / ((1 - smooth) / factor + smooth));
    }
    return factors;
  }

  private boolean gives(float[] expected, double theta) {
    float[] factors = factors(expected.length, theta);
    for (int i = 0; i < factors.length; i++) {
      if (Math.abs(factors[i] - expected[i]) > TOLERANCE * expected[i]) {
        return false;
      }
    }
    return true;
  }

  void putInto(ObjectNode rope) {
    rope.put("rope_type", "llama3").put("factor", factor).put("low_freq_factor", low).put("high_freq_factor", high);
    rope.put("original_max_position_embeddings", original);
  }
}
