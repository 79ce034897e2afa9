package dev.wootz.merge.lora;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * An adapter as PEFT saves it: {@code adapter_config.json} and {@code adapter_model.safetensors}. Source of names:
 * huggingface.co/docs/peft/developer_guides/checkpoint.
 *
 * @param dtype of the factors
 * @param modules those with factors
 * @param saved tensors of the tuned model that go in whole
 */
record AdapterFolder(String baseName, DType dtype, List<LoraReport.Module> modules, List<TensorInfo> saved) {
  private static final String PREFIX = "base_model.model.";
  private static final int COPIED_AT_ONCE = 4 << 20;

  /** The name of A of a weight such as {@code model.layers.0.mlp.up_proj.weight}. */
  static String a(String weight) {
    return PREFIX + ExtractionPlan.module(weight) + ".lora_A.weight";
  }

  static String b(String weight) {
    return PREFIX + ExtractionPlan.module(weight) + ".lora_B.weight";
  }

  @FunctionalInterface
  private interface Reader {
    void read(long byteOffset, ByteBuffer into);
  }

  /**
   * Writes both files into an existing folder. The bytes of tensors that were written.
   *
   * @param linear modules of all linear weights of the model, with factors or without
   */
  long write(Path folder, AdapterDraft.Contents factors, Checkpoint tuned, Collection<String> linear) {
    List<TensorSpec> specs = new ArrayList<>();
    for (LoraReport.Module module : modules) {
      specs.add(new TensorSpec(a(module.name() + ".weight"), dtype, Shape.of(module.rank(), module.shape().extent(1))));
      specs.add(new TensorSpec(b(module.name() + ".weight"), dtype, Shape.of(module.shape().extent(0), module.rank())));
    }
    int factorCount = specs.size();
    saved.forEach(tensor -> specs.add(new TensorSpec(PREFIX + tensor.name(), tensor.dtype(), tensor.shape())));
    try (CheckpointWriter writer = CheckpointWriter.create(folder, CheckpointWriter.layout(specs, Long.MAX_VALUE), Map.of());
        Memory memory = Memory.allocate(COPIED_AT_ONCE)) {
      for (int t = 0; t < specs.size(); t++) {
        TensorSpec spec = specs.get(t);
        TensorInfo whole = t < factorCount ? null : saved.get(t - factorCount);
        Reader factor = (at, into) -> factors.read(spec.name(), at, into);
        copy(writer, spec, memory, whole == null ? factor : (at, into) -> tuned.read(whole, at, into));
      }
      writer.finishShards();
      Files.move(folder.resolve(writer.layout().fileNames().get(0)), folder.resolve("adapter_model.safetensors"));
      JsonFiles.write(folder.resolve("adapter_config.json"), config(linear));
      return writer.layout().tensorBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(CheckpointWriter writer, TensorSpec spec, Memory memory, Reader reader) {
    for (long at = 0; at < spec.bytes(); at += COPIED_AT_ONCE) {
      ByteBuffer part = memory.buffer(0, Math.min(COPIED_AT_ONCE, spec.bytes() - at));
      reader.read(at, part);
      writer.write(spec.name(), at, part.flip());
    }
  }

  /** With alpha equal to the rank in every module, so that the scale of the product is 1. */
  private ObjectNode config(Collection<String> linear) {
    int rank = modules.stream().mapToInt(LoraReport.Module::rank).max().orElseThrow();
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    ObjectNode alphas = config.putObject("alpha_pattern");
    config.putNull("auto_mapping");
    config.put("base_model_name_or_path", baseName);
    config.put("bias", "none");
    config.put("fan_in_fan_out", false);
    config.put("inference_mode", true);
    config.put("init_lora_weights", true);
    config.put("lora_alpha", rank);
    config.put("lora_dropout", 0.0);
    putNames(config, "modules_to_save", new TreeSet<>(saved.stream().map(tensor -> ExtractionPlan.module(tensor.name())).toList()));
    config.put("peft_type", "LORA");
    config.put("r", rank);
    ObjectNode ranks = config.putObject("rank_pattern");
    for (LoraReport.Module module : modules) {
      if (module.rank() != rank) {
        ranks.put(module.name(), module.rank());
        alphas.put(module.name(), module.rank());
      }
    }
    config.putNull("revision");
    putNames(config, "target_modules", targets(linear));
    config.put("task_type", "CAUSAL_LM");
    config.put("use_dora", false);
    config.put("use_rslora", false);
    return config;
  }

  private static void putNames(ObjectNode config, String key, Collection<String> names) {
    if (names.isEmpty()) {
      config.putNull(key);
      return;
    }
    ArrayNode list = config.putArray(key);
    names.forEach(list::add);
  }

  /** The last parts of the modules' names where all that end so have factors, otherwise whole names. */
  private Set<String> targets(Collection<String> linear) {
    Set<String> covered = new TreeSet<>(modules.stream().map(LoraReport.Module::name).toList());
    Set<String> partly = new TreeSet<>(linear.stream().filter(name -> !covered.contains(name)).map(AdapterFolder::lastPart).toList());
    return new TreeSet<>(covered.stream().map(name -> partly.contains(lastPart(name)) ? name : lastPart(name)).toList());
  }

  private static String lastPart(String module) {
    return module.substring(module.lastIndexOf('.') + 1);
  }
}
