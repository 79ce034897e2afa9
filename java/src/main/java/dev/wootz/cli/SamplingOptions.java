package dev.wootz.cli;

import dev.wootz.engine.Sampling;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** How tokens are chosen. */
final class SamplingOptions {
  @Option(names = {"-t", "--temperature"}, paramLabel = "T", defaultValue = "0",
      description = "0 takes the most probable token (default: 0).")
  private double temperature;

  @Option(names = "--top-k", paramLabel = "K", defaultValue = "0", description = "Draw from the K most probable tokens; 0: all (default).")
  private int topK;

  @Option(names = "--top-p", paramLabel = "P", defaultValue = "1",
      description = "Draw from the fewest tokens whose probability is at least P together (default: 1, all).")
  private double topP;

  @Option(names = "--min-p", paramLabel = "P", defaultValue = "0",
      description = "Draw from tokens with at least P times the largest probability (default: 0, all).")
  private double minP;

  @Option(names = {"--repetition-penalty", "--repeat-penalty"}, paramLabel = "R", defaultValue = "1",
      description = "Divides logits of tokens seen in prompt and answer (default: 1, off).")
  private double repetition;

  @Option(names = "--presence-penalty", paramLabel = "A", defaultValue = "0",
      description = "Taken off the logits of tokens that the answer has (default: 0).")
  private double presence;

  @Option(names = "--frequency-penalty", paramLabel = "A", defaultValue = "0", description = "... for each time it has them (default: 0).")
  private double frequency;

  @Option(names = "--logit-bias", paramLabel = "ID=B", split = ",", description = "Added to the logits of these tokens: 13=-5,198=2.")
  private Map<Integer, Float> bias = new LinkedHashMap<>();

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "The same seed draws the same tokens (default: 0).")
  private long seed;

  Sampling sampling() {
    return new Sampling(temperature, topK, topP, minP, repetition, presence, frequency, bias, seed);
  }
}
