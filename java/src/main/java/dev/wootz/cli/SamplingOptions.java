package dev.wootz.cli;

import dev.wootz.engine.Sampling;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are chosen. */
final class SamplingOptions {
  @Option(names = {"-t", "--temperature"}, paramLabel = "T", description = "0 takes the most probable token.")
  private @Nullable Double temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K most probable tokens; 0: all.")
  private @Nullable Integer topK;

  @Option(names = "--top-p", paramLabel = "P", description = "Draw from the fewest tokens whose probability is at least P together; 1: all.")
  private @Nullable Double topP;

  @Option(names = "--min-p", paramLabel = "P", description = "Draw from tokens with at least P times the largest probability; 0: all.")
  private @Nullable Double minP;

  @Option(names = {"--repetition-penalty", "--repeat-penalty"}, paramLabel = "R",
      description = "Divides logits of tokens seen in prompt and answer; 1: off.")
  private @Nullable Double repetition;

  @Option(names = "--presence-penalty", paramLabel = "A", defaultValue = "0",
      description = "Taken off the logits of tokens that the answer has (default: 0).")
  private double presence;

  @Option(names = "--frequency-penalty", paramLabel = "A", defaultValue = "0", description = "... for each time it has them (default: 0).")
  private double frequency;

  @Option(names = "--logit-bias", paramLabel = "ID=B", split = ",", description = "Added to the logits of these tokens: 13=-5,198=2.")
  private Map<Integer, Float> bias = new LinkedHashMap<>();

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "The same seed draws the same tokens (default: 0).")
  private long seed;

  /** What is not given is as in {@code defaults}. */
  Sampling over(Sampling defaults) {
    return new Sampling(
        temperature == null ? defaults.temperature() : temperature,
        topK == null ? defaults.topK() : topK,
        topP == null ? defaults.topP() : topP,
        minP == null ? defaults.minP() : minP,
        repetition == null ? defaults.repetitionPenalty() : repetition,
        presence,
        frequency,
        bias,
        seed);
  }
}
