package dev.wootz.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CudaDeviceTest {

  @Test
  void isThereOrSaysWhyNot() {
    CudaDevice.find()
        .ifPresentOrElse(
            device -> {
              assertThat(CudaDevice.whyNone()).isEmpty();
              assertThat(device.name()).isNotBlank();
              assertThat(device.capability()).matches("[0-9]+\\.[0-9]");
              assertThat(device.memory()).isPositive();
            },
            () -> assertThat(CudaDevice.whyNone()).isNotBlank().doesNotContain("Exception"));
  }

  @Test
  void isLookedForOnce() {
    assertThat(CudaDevice.find()).isEqualTo(CudaDevice.find());
    assertThat(CudaDevice.whyNone()).isSameAs(CudaDevice.whyNone());
  }
}
