package dev.wootz.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.bindings.cuda.wz_cuda_stream;
import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_model;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The binding on the CUDA device in software. Tests with the tag {@code cuda} run a second time, in a virtual machine with {@code
 * WOOTZ_CUDA=software}.
 */
@Tag("cuda")
class SoftwareDeviceTest {

  @BeforeEach
  void softwareDevice() {
    assumeTrue("software".equals(System.getenv("WOOTZ_CUDA")), "not asked for the device in software");
    assumeTrue(Files.exists(Path.of("../cuda-kernels/target/cmake/software/libwootz_cuda.so.0")), "built without nvcc");
  }

  @Test
  void isTheDevice() {
    assertThat(CudaDevice.find()).map(CudaDevice::name).as(CudaDevice::whyNone).hasValue("A100 in software");
  }

  @Test
  void mergesToTheBitsOfTheProcessor() {
    int n = 1003;
    try (PointerScope scope = new PointerScope()) {
      Random random = new Random(7);
      FloatPointer a = new FloatPointer(n);
      FloatPointer b = new FloatPointer(n);
      for (int i = 0; i < n; ++i) {
        a.put(i, (float) random.nextGaussian());
        b.put(i, (float) random.nextGaussian());
      }
      DoublePointer weights = new DoublePointer(0.3, 0.9);
      FloatPointer expected = new FloatPointer(n);
      check(wootz.wz_merge_linear(expected, wootz.WZ_F32, models(a, b), 2, null, weights, 1.2, wootz.WZ_ARITHMETIC_F32, n, null));

      PointerPointer<Pointer> slot = new PointerPointer<>(1);
      check(wootz_cuda.wz_cuda_stream_create(0, slot));
      wz_cuda_stream stream = new wz_cuda_stream(slot.get(0));
      Pointer onDeviceA = upload(a, n, stream);
      Pointer onDeviceB = upload(b, n, stream);
      Pointer onDeviceOut = upload(b, n, stream);
      check(wootz_cuda.wz_cuda_merge_linear(onDeviceOut, wootz.WZ_F32, models(onDeviceA, onDeviceB), 2, null, weights, 1.2, wootz.WZ_ARITHMETIC_F32, n, stream));
      FloatPointer found = new FloatPointer(n);
      check(wootz_cuda.wz_cuda_copy(found, onDeviceOut, 4L * n, stream));
      check(wootz_cuda.wz_cuda_stream_synchronize(stream));
      for (int i = 0; i < n; ++i) {
        assertThat(Float.floatToRawIntBits(found.get(i))).as("element %d", i).isEqualTo(Float.floatToRawIntBits(expected.get(i)));
      }
      for (Pointer memory : new Pointer[] {onDeviceA, onDeviceB, onDeviceOut}) {
        check(wootz_cuda.wz_cuda_memory_free(memory));
      }
      check(wootz_cuda.wz_cuda_stream_free(stream));
    }
  }

  private static wz_model models(Pointer a, Pointer b) {
    wz_model models = new wz_model(2);
    models.getPointer(0).x(a).dtype(wootz.WZ_F32);
    models.getPointer(1).x(b).dtype(wootz.WZ_F32);
    return models;
  }

  private static Pointer upload(FloatPointer from, int n, wz_cuda_stream stream) {
    PointerPointer<Pointer> slot = new PointerPointer<>(1);
    check(wootz_cuda.wz_cuda_memory_allocate(0, 4L * n, slot));
    Pointer memory = slot.get(0);
    check(wootz_cuda.wz_cuda_copy(memory, from, 4L * n, stream));
    return memory;
  }

  private static void check(int status) {
    assertThat(status).as(() -> wootz_cuda.wz_cuda_last_error().getString()).isEqualTo(wootz.WZ_OK);
  }
}
