package dev.wootz.merge.pipeline;

import dev.wootz.kernel.MersenneTwister;
import dev.wootz.merge.DrawStream;
import dev.wootz.tensor.Tensor;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The draws of one tensor. A Mersenne twister only goes forward, so copies of it are kept at the first draw of each tile for each model
 * that draws, 2.5 kB each; a tile's draws then cost the same on any thread.
 */
final class MersenneDraws implements DrawStream, AutoCloseable {
  private final NavigableMap<Long, MersenneTwister> places = new TreeMap<>();

  /** Takes {@code draws} draws off {@code stream}, which is left at the next tensor's first. */
  MersenneDraws(MersenneTwister stream, long draws, TileGrid grid) {
    long at = 0;
    for (long model = 0; model < draws; model += grid.elements()) {
      for (int tile = 0; tile < grid.count(); tile++) {
        long place = model + grid.first(tile);
        stream.skip(place - at);
        at = place;
        places.put(place, stream.copy());
      }
    }
    stream.skip(draws - at);
  }

  @Override
  public void keep(Tensor keep, Tensor p, long first) {
    Map.Entry<Long, MersenneTwister> place = places.floorEntry(first);
    try (MersenneTwister draws = place.getValue().copy()) {
      draws.skip(first - place.getKey());
      draws.keep(keep, p);
    }
  }

  @Override
  public void close() {
    places.values().forEach(MersenneTwister::close);
    places.clear();
  }
}
