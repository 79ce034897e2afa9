package dev.wootz.merge;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a merge did.
 *
 * @param tensors of the output
 * @param tensorsResumed of them finished by an earlier, interrupted run
 * @param bytesRead from the inputs, every pass counted
 * @param bytesWritten of tensor data
 * @param verified whether the output was compared with a second computation
 */
public record MergeReport(
    Path folder,
    int tensors,
    int tensorsResumed,
    long bytesRead,
    long bytesWritten,
    Duration elapsed,
    boolean verified,
    List<String> warnings) {}
