package dev.wootz.cli;

import dev.wootz.merge.MergeListener;

/** A merge's progress as a line. */
final class MergeProgress implements MergeListener {
  private final ProgressLine line;

  MergeProgress(ProgressLine line) {
    this.line = line;
  }

  @Override
  public void progress(Progress progress) {
    String phase = progress.phase().equals("verify") ? "verifying" : "merging";
    line.update(phase, progress.bytesDone(), progress.bytesTotal(), progress.tensor());
  }

  @Override
  public void warning(String message) {
    line.message("warning: " + message);
  }
}
