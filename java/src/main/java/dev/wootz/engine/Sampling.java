package dev.wootz.engine;

import java.util.Map;

/**
 * How the next token is chosen, in the order of Hugging Face's logits processors. Immutable; the {@code with} methods give changed copies.
 *
 * @param temperature 0 takes the most probable token
 * @param topK 0 for all
 * @param topP 1 for all
 * @param minP 0 for all
 * @param repetitionPenalty on tokens of prompt and answer; 1 for none
 * @param presencePenalty on tokens of the answer, once; 0 for none
 * @param frequencyPenalty on tokens of the answer, for each time; 0 for none
 * @param bias added to the logits of these tokens
 * @param seed the same seed draws the same tokens
 */
public record Sampling(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    Map<Integer, Float> bias,
    long seed) {

  public Sampling {
    require(temperature >= 0 && temperature < Double.POSITIVE_INFINITY, "temperature", temperature, "0 or more");
    require(topK >= 0, "top-k", topK, "0 or more");
    require(topP > 0 && topP <= 1, "top-p", topP, "above 0, at most 1");
    require(minP >= 0 && minP <= 1, "min-p", minP, "from 0 to 1");
    require(repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY, "repetition penalty", repetitionPenalty, "above 0");
    require(Math.abs(presencePenalty) < 1e6, "presence penalty", presencePenalty, "a number");
    require(Math.abs(frequencyPenalty) < 1e6, "frequency penalty", frequencyPenalty, "a number");
    bias = Map.copyOf(bias);
  }

  private static void require(boolean holds, String what, Number found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(what + ": found " + found + ", expected " + expected);
    }
  }

  /** Always the most probable token. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0, 1, 0, 0, Map.of(), 0);
  }

  /** Draws from the model's own distribution at this temperature. */
  public static Sampling atTemperature(double temperature) {
    return greedy().withTemperature(temperature);
  }

  public Sampling withTemperature(double t) {
    return new Sampling(t, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, bias, seed);
  }

  public Sampling withTopK(int k) {
    return new Sampling(temperature, k, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, bias, seed);
  }

  public Sampling withTopP(double p) {
    return new Sampling(temperature, topK, p, minP, repetitionPenalty, presencePenalty, frequencyPenalty, bias, seed);
  }

  public Sampling withMinP(double p) {
    return new Sampling(temperature, topK, topP, p, repetitionPenalty, presencePenalty, frequencyPenalty, bias, seed);
  }

  public Sampling withPenalties(double repetition, double presence, double frequency) {
    return new Sampling(temperature, topK, topP, minP, repetition, presence, frequency, bias, seed);
  }

  public Sampling withBias(Map<Integer, Float> added) {
    return new Sampling(temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, added, seed);
  }

  public Sampling withSeed(long s) {
    return new Sampling(temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, bias, s);
  }
}
