package dev.wootz.merge.lora;

import dev.wootz.tensor.DType;
import java.util.List;

/** What {@link LoraExtraction}'s setters set; its comments say what each means. */
record ExtractionOptions(
    int rank,
    List<ModulePattern> modules,
    double epsilon,
    DType dtype,
    boolean saveFull,
    boolean overwrite,
    long seed,
    int threads,
    long maxMemory,
    String baseName) {}
