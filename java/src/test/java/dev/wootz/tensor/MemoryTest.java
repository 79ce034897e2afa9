package dev.wootz.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is live, and what is not any more. */
class MemoryTest {
  @Test
  void countsWhatIsAllocatedAndMapped(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("file"), new byte[321]);
    Path empty = Files.createFile(folder.resolve("empty"));
    long before = Memory.liveBytes();
    Memory allocated = Memory.allocate(1000);
    assertThat(Memory.liveBytes() - before).isEqualTo(1000);
    Memory mapped = Memory.map(file);
    assertThat(Memory.liveBytes() - before).isEqualTo(1321);
    try (Memory wrapped = Memory.wrap(ByteBuffer.allocateDirect(50));
        Memory nothing = Memory.map(empty);
        Memory none = Memory.allocate(0)) {
      assertThat(Memory.liveBytes() - before).isEqualTo(1321);
      assertThat(wrapped.bytes() + nothing.bytes() + none.bytes()).isEqualTo(50);
    }
    allocated.close();
    allocated.close();
    assertThat(Memory.liveBytes() - before).isEqualTo(321);
    mapped.close();
    assertThat(Memory.liveBytes()).isEqualTo(before);
    assertThatThrownBy(mapped::address).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ofADeviceCannotBeReadHere() {
    long before = Memory.liveBytes();
    long[] freed = new long[1];
    Memory memory = Memory.owned(4096, 64, 1, address -> freed[0] += address);
    Tensor tensor = Tensor.over(memory, DType.F32, 16);
    assertThat(memory.device()).isEqualTo(1);
    assertThat(tensor.flat(4, 4).address()).isEqualTo(4096 + 16);
    assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class).hasMessageContaining("CUDA device 1");
    assertThatThrownBy(() -> memory.buffer(0, 4)).isInstanceOf(IllegalStateException.class).hasMessageContaining("CUDA device 1");
    assertThat(Memory.liveBytes()).isEqualTo(before + 64);
    memory.close();
    memory.close();
    assertThat(freed[0]).isEqualTo(4096);
    assertThat(Memory.liveBytes()).isEqualTo(before);
    assertThatThrownBy(tensor::address).isInstanceOf(IllegalStateException.class);
  }
}
