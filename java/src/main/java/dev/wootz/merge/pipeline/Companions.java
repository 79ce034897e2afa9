package dev.wootz.merge.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.AtomicFiles;
import dev.wootz.format.JsonFiles;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.vocabulary.ChatTemplate;
import dev.wootz.merge.vocabulary.VocabularyPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** The files beside the weights: config, generation config, tokenizer, chat template. Written before the weights: they may be wrong. */
final class Companions {
  private static final String GENERATION_CONFIG = "generation_config.json";

  private Companions() {}

  /** @param warn takes a sentence for each setting that had to be left out */
  static void write(MergePlan plan, Path folder, Consumer<String> warn) {
    ObjectNode config = plan.config();
    if (!config.isEmpty()) {
      JsonFiles.write(folder.resolve("config.json"), config);
    }
    VocabularyPlan vocabulary = plan.vocabulary();
    if (vocabulary == null) {
      AtomicFiles.copyInto(plan.companions(), folder);
    } else {
      List<Path> others = plan.companions().stream().filter(file -> !VocabularyPlan.isTokenizerFile(file)).toList();
      AtomicFiles.copyInto(others, folder);
      renumber(folder.resolve(GENERATION_CONFIG), plan, vocabulary, warn);
      vocabulary.write(folder);
    }
    if (plan.chatTemplate() != null) {
      ChatTemplate.write(plan.chatTemplate(), folder);
    }
  }

  private static void renumber(Path file, MergePlan plan, VocabularyPlan vocabulary, Consumer<String> warn) {
    if (Files.exists(file)) {
      ObjectNode settings = JsonFiles.read(file);
      vocabulary.renumber(settings, plan.donor().index(), warning -> warn.accept(GENERATION_CONFIG + ": " + warning));
      JsonFiles.write(file, settings);
    }
  }
}
