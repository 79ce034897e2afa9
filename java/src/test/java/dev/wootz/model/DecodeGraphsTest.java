package dev.wootz.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wootz.kernel.Backend;
import dev.wootz.kernel.CudaDevice;
import dev.wootz.kernel.Device;
import dev.wootz.tensor.DType;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Steps that were recorded, beside the same steps computed plainly. */
@Tag("cuda")
class DecodeGraphsTest {
  private static final int POSITIONS = 320;
  private static final int PAGES = POSITIONS / KvCache.PAGE_TOKENS;

  /** Rounded up to 6, so that a row is nobody's. */
  private static final int SEQUENCES = 5;

  @BeforeAll
  static void device() {
    assumeTrue(CudaDevice.find().isPresent(), CudaDevice::whyNone);
  }

  @Test
  void haveTheBitsOfPlainSteps() throws URISyntaxException {
    Path folder = Path.of(DecodeGraphsTest.class.getResource("/golden/models/qwen3-tiny").toURI());
    try (Backend backend = Backend.of(Device.cuda(0), null);
        Weights weights = Weights.open(folder, backend, Activations.INT16)) {
      // A decoder that somebody looks into records nothing.
      List<float[]> plain = logits(weights, backend, (name, layer, activation, rows, cols) -> {}, 0);
      List<float[]> recorded = logits(weights, backend, Probe.NONE, 2);
      assertThat(recorded).hasSameSizeAs(plain);
      for (int i = 0; i < plain.size(); i++) {
        assertThat(recorded.get(i)).as("row %d", i).isEqualTo(plain.get(i));
      }
    }
  }

  /** Of steps with other tokens each time, with positions below the first bound and then above it. */
  private static List<float[]> logits(Weights weights, Backend backend, Probe probe, int recordings) {
    List<float[]> logits = new ArrayList<>();
    try (Workspace workspace = new Workspace(weights.config(), backend, 64, 8, POSITIONS);
        KvCache cache = new KvCache(weights.config(), backend, DType.F16, SEQUENCES * PAGES);
        Step step = new Step(backend, 64, 8, 8, PAGES);
        Decoder decoder = new Decoder(weights, workspace, cache, backend, probe)) {
      for (int first : new int[] {0, 256}) {
        for (int i = 0; i < 4; i++) {
          step.clear();
          for (int s = 0; s < SEQUENCES; s++) {
            step.sequence(pages(s), PAGES);
            step.token(3 + 7 * i + s, first + i);
            step.logits();
          }
          decoder.forward(step);
          for (int s = 0; s < SEQUENCES; s++) {
            logits.add(decoder.logits(s).toFloats());
          }
        }
        // What lies between is computed in chunks, which are no decoding steps.
        for (int at = 4; first == 0 && at < 256; at += 63) {
          for (int s = 0; s < SEQUENCES; s++) {
            step.clear();
            step.sequence(pages(s), PAGES);
            for (int i = at; i < Math.min(256, at + 63); i++) {
              step.token(3 + i, i);
            }
            decoder.forward(step);
          }
        }
      }
      assertThat(decoder.recordings()).isEqualTo(recordings);
    }
    return logits;
  }

  private static int[] pages(int sequence) {
    int[] pages = new int[PAGES];
    for (int i = 0; i < PAGES; i++) {
      pages[i] = i * SEQUENCES + sequence;
    }
    return pages;
  }
}
