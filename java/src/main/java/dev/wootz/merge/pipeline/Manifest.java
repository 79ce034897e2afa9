package dev.wootz.merge.pipeline;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.AtomicFiles;
import dev.wootz.format.FormatException;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.SafetensorsFile;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.merge.pipeline.TensorChecksums.Checksum;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.plan.OpenModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** What a finished folder tells about how it was made: {@code wootz-merge.json}, the recipe as {@code recipe.yml}, a model card. */
final class Manifest {
  static final String FILE_NAME = "wootz-merge.json";
  private static final String RECIPE = "recipe.yml";

  private Manifest() {}

  static void write(Path folder, MergePlan plan, String fingerprint, Map<String, Checksum> tensors) {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest.put("wootz", CpuKernels.version());
    manifest.put("fingerprint", fingerprint);
    manifest.put("mode", plan.mode().name().toLowerCase(Locale.ROOT));
    manifest.put("seed", plan.seed());
    manifest.put("recipe", plan.recipe().text());
    for (OpenModel model : plan.models()) {
      ObjectNode input = manifest.withArray("/inputs").addObject();
      input.put("model", model.label());
      for (SafetensorsFile file : model.checkpoint().files()) {
        add(input, file);
      }
      if (model.lora() != null) {
        add(input, model.lora().file());
      }
    }
    ObjectNode sums = manifest.putObject("tensors");
    tensors.forEach((name, checksum) -> sums.putObject(name).put("checksum", checksum.sum()).put("piece_bytes", checksum.pieceBytes()));
    JsonFiles.write(folder.resolve(FILE_NAME), manifest);
    text(folder.resolve(RECIPE), plan.recipe().text());
    text(folder.resolve("README.md"), card(plan));
  }

  private static void add(ObjectNode input, SafetensorsFile file) {
    input.withArray("/files").addObject().put("file", file.path().getFileName().toString()).put("header_sha256", file.headerSha256());
  }

  /** Whether {@code folder} is the finished output of the merge with this fingerprint. */
  static boolean finished(Path folder, String fingerprint) {
    Path file = folder.resolve(FILE_NAME);
    if (!Files.exists(file)) {
      return false;
    }
    try {
      return JsonFiles.read(file).path("fingerprint").asText().equals(fingerprint);
    } catch (FormatException e) {
      return false;
    }
  }

  /** The model card: what Hugging Face shows first, its header read by machines. */
  private static String card(MergePlan plan) {
    StringBuilder text = new StringBuilder("---\nlibrary_name: transformers\ntags:\n- merge\n- wootz\nbase_model:\n");
    plan.models().forEach(model -> text.append("- \"").append(model.label().replace("\\", "\\\\").replace("\"", "\\\"")).append("\"\n"));
    text.append("---\n\n# Merged with Wootz ").append(CpuKernels.version());
    text.append("\n\nMethod: `").append(plan.recipe().method().name()).append("`, from");
    plan.models().forEach(model -> text.append("\n- `").append(model.label()).append('`'));
    text.append("\n\nThe recipe, seed ").append(plan.seed()).append(":\n\n```yaml\n").append(plan.recipe().text().strip());
    return text.append("\n```\n").toString();
  }

  private static void text(Path file, String text) {
    AtomicFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
