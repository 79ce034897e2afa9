package dev.wootz.merge.pipeline;

import dev.wootz.format.AtomicFiles;
import dev.wootz.format.JsonFiles;
import dev.wootz.merge.plan.MergePlan;
import java.nio.file.Path;

/** The files beside the weights: config, generation config, tokenizer, chat template. Written before the weights: they may be wrong. */
final class Companions {
  private Companions() {}

  static void write(MergePlan plan, Path folder) {
    JsonFiles.write(folder.resolve("config.json"), plan.config());
    AtomicFiles.copyInto(plan.companions(), folder);
  }
}
