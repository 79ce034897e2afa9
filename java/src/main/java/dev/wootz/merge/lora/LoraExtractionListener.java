package dev.wootz.merge.lora;

/** Hears how an extraction goes on. Methods may be called from any of its threads, one call at a time. */
public interface LoraExtractionListener {
  LoraExtractionListener SILENT = new LoraExtractionListener() {};

  /** A tensor is done. */
  default void progress(int tensorsDone, int tensorsTotal, String tensor) {}

  default void warning(String message) {}
}
