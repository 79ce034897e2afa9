/** Running models: sessions over a paged cache, sampling, text generation. {@link dev.wootz.engine.Model} is the door. */
@NullMarked
package dev.wootz.engine;

import org.jspecify.annotations.NullMarked;
