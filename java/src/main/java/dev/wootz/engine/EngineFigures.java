package dev.wootz.engine;

/**
 * What an engine holds and has done.
 *
 * @param pages of the cache, of {@link dev.wootz.model.KvCache#PAGE_TOKENS} tokens each
 * @param freePages that nobody holds
 * @param keptPages that the prefix tree holds, alone or with others
 * @param running requests that are being computed
 * @param queued requests that wait for their turn
 * @param sequences open ones, of {@link Engine#sequence}
 * @param submitted requests so far
 * @param completed requests that ended with a result, cancelled ones and those out of time among them
 * @param cancelled requests that were cancelled
 * @param refused requests that got no turn: the queue was full, or they waited too long
 * @param failed requests that ended with another exception
 * @param preempted how often a running request had to give back its pages, and later went on where it was
 * @param steps passes through the model
 * @param computedTokens tokens that went through the model
 * @param generatedTokens tokens that were chosen
 * @param prefixTokens tokens that did not have to be computed because their keys and values were found
 * @param evictedPages kept pages that were given up for others
 * @param copiedPages shared pages that were copied before being written to
 * @param rebuilt shifted sequences that were computed anew in the background
 */
public record EngineFigures(
    int pages,
    int freePages,
    int keptPages,
    int running,
    int queued,
    int sequences,
    long submitted,
    long completed,
    long cancelled,
    long refused,
    long failed,
    long preempted,
    long steps,
    long computedTokens,
    long generatedTokens,
    long prefixTokens,
    long evictedPages,
    long copiedPages,
    long rebuilt) {}
