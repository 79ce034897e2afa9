package dev.wootz.merge.pipeline;

import dev.wootz.format.CheckpointLayout;
import dev.wootz.format.SafetensorsFile;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.pipeline.TensorChecksums.Checksum;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Which tensors of an interrupted run are really there: those whose bytes still have the checksum that the journal says. */
final class FinishedTensors {
  private final Path folder;
  private final CheckpointLayout layout;
  private final TensorChecksums checksums;

  /** @param checksums gets those of the confirmed tensors */
  FinishedTensors(Path folder, CheckpointLayout layout, TensorChecksums checksums) {
    this.folder = folder;
    this.layout = layout;
    this.checksums = checksums;
  }

  Map<String, Checksum> confirm(Map<String, Checksum> journal) {
    Map<String, Checksum> confirmed = new HashMap<>();
    Map<String, SafetensorsFile> files = new HashMap<>();
    try {
      journal.forEach(
          (tensor, checksum) -> {
            SafetensorsFile file =
                files.computeIfAbsent(layout.places().get(tensor).fileName(), name -> SafetensorsFile.open(folder.resolve(name)));
            add(file, file.tensors().get(tensor), checksum.pieceBytes());
            if (checksums.of(tensor, checksum.pieceBytes()).equals(checksum)) {
              confirmed.put(tensor, checksum);
            } else {
              checksums.clear(tensor);
            }
          });
      return confirmed;
    } finally {
      files.values().forEach(SafetensorsFile::close);
    }
  }

  private void add(SafetensorsFile file, TensorInfo tensor, long pieceBytes) {
    try (Memory memory = Memory.allocate(Math.max(1, Math.min(pieceBytes, tensor.bytes())))) {
      for (long at = 0; at < tensor.bytes(); at += pieceBytes) {
        long bytes = Math.min(pieceBytes, tensor.bytes() - at);
        ByteBuffer piece = new Tensor(memory, 0, DType.U8, Shape.of(bytes)).buffer();
        file.read(tensor, at, piece.duplicate());
        checksums.add(tensor.name(), at, piece);
      }
    }
  }
}
