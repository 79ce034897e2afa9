package dev.wootz.merge.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNameTest {
  @Test
  void distances() {
    assertThat(NearestName.distance("density", "density")).isZero();
    assertThat(NearestName.distance("densty", "density")).isEqualTo(1);
    assertThat(NearestName.distance("dnesity", "density")).isEqualTo(1);
    assertThat(NearestName.distance("", "abc")).isEqualTo(3);
    assertThat(NearestName.distance("kitten", "sitting")).isEqualTo(3);
  }

  @Test
  void onlyWhatIsNear() {
    List<String> names = List.of("weight", "density", "t");
    assertThat(NearestName.of("wheight", names)).contains("weight");
    assertThat(NearestName.of("colour", names)).isEmpty();
    assertThat(NearestName.of("x", names)).isEmpty();
    assertThat(NearestName.of("x".repeat(1_000_000), names)).isEmpty();
    assertThat(NearestName.of("weight", List.of())).isEmpty();
  }
}
