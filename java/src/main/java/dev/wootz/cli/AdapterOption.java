package dev.wootz.cli;

import dev.wootz.engine.Model;
import dev.wootz.model.lora.Adapter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --adapter}. */
final class AdapterOption {
  @Option(names = "--adapter", paramLabel = "DIR",
      description = "A LoRA adapter beside the model: a folder of PEFT with adapter_config.json and adapter_model.safetensors.")
  private @Nullable Path folder;

  /** Null where none was asked for. */
  @Nullable Adapter open(Model model) {
    return folder == null ? null : model.adapter(folder);
  }
}
