package dev.wootz.bindings.presets;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/** JavaCPP configuration of the operation table: the C headers are the only source of truth. */
@Properties(
    value =
        @Platform(
            cinclude = {
              "wootz/status.h",
              "wootz/dtype.h",
              "wootz/cpu.h",
              "wootz/random.h",
              "wootz/memory.h",
              "wootz/merge.h",
              "wootz/vector.h",
              "wootz/attention.h",
              "wootz/kv_cache.h",
              "wootz/linear.h",
              "wootz/transformer.h",
              "wootz/sampling.h",
              "wootz/quantize.h"
            },
            link = "wootz@.0",
            compiler = "cpp17"),
    target = "dev.wootz.bindings",
    global = "dev.wootz.bindings.global.wootz")
public class wootz implements InfoMapper {
  @Override
  public void map(InfoMap infoMap) {
    infoMap.put(new Info("WZ_API").cppTypes().annotations());
  }
}
