package dev.wootz.engine;

/**
 * What an edit did.
 *
 * @param mode how the rest was treated: never {@link Edit.Mode#AUTOMATIC}
 * @param removed tokens that went
 * @param inserted tokens that came
 * @param shifted tokens whose keys were rotated
 * @param computed tokens that went through the model before the call returned
 * @param seconds that the call took
 * @param pagesElsewhere of a redaction: pages that forks of the sequence or running requests still hold, with what was to be redacted; they are
 *     overwritten when their last holder lets go
 */
public record EditReport(Edit.Mode mode, int removed, int inserted, int shifted, int computed, double seconds, int pagesElsewhere) {}
