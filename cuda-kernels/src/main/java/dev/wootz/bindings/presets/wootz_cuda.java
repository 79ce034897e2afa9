package dev.wootz.bindings.presets;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/** JavaCPP configuration of the operations on CUDA devices. The header needs no CUDA header, so neither do parsing and the classes. */
@Properties(
    inherit = wootz.class,
    value = @Platform(cinclude = {"wootz/cuda.h", "wootz/cuda_attention.h", "wootz/cuda_kv_cache.h", "wootz/cuda_linear.h", "wootz/cuda_merge.h", "wootz/cuda_sampling.h", "wootz/cuda_transformer.h", "wootz/cuda_variants.h"}, link = "wootz_cuda@.0", compiler = "cpp17"),
    target = "dev.wootz.bindings.cuda",
    global = "dev.wootz.bindings.cuda.global.wootz_cuda")
public class wootz_cuda implements InfoMapper {
  static {
    SoftwareDevice.loadIfAsked();
  }

  @Override
  public void map(InfoMap infoMap) {
    // Macros of the included headers are known from the inherited configuration.
  }
}
