package dev.wootz.model.lora;

import java.nio.file.Path;

/** An adapter was closed and is used again. */
public final class AdapterClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  public AdapterClosedException(Path adapter) {
    super("the adapter " + adapter + " has been closed");
  }
}
