package dev.wootz.merge.method;

/**
 * Introsort and introselect (Musser 1997) with the choices of libstdc++: median of the second, middle and last element as pivot, small
 * partitions left to insertion sort, heaps past 2 log2(n) levels. PyTorch sorts with it on the CPU. It is not stable: where mergekit cuts
 * or ranks equal magnitudes, the order in which it leaves them decides.
 *
 * <p>An element is a key (unsigned, upper half) and where it came from (lower half); only keys are compared.
 */
final class IntroSort {
  private static final int SMALL_SORT = 16;
  private static final int SMALL_SELECT = 3;

  private final long[] a;
  private final int[] cuts;

  private IntroSort(long[] elements, int[] cuts) {
    this.a = elements;
    this.cuts = cuts;
  }

  static long element(int key, int origin) {
    return (long) key << Integer.SIZE | origin;
  }

  static int origin(long element) {
    return (int) element;
  }

  /** ranks[i] = place of keys[first + i] in the ascending order of the keys [first, first + ranks.length). */
  static void ranks(int[] keys, int first, int[] ranks) {
    long[] elements = new long[ranks.length];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = element(keys[first + i], i);
    }
    sort(elements);
    for (int place = 0; place < elements.length; place++) {
      ranks[origin(elements[place])] = place;
    }
  }

  /** As {@code std::sort} (torch.argsort). */
  static void sort(long[] elements) {
    new IntroSort(elements, new int[0]).sort(0, elements.length, depth(elements.length), true);
  }

  /** Brings to either side of each cut the elements that {@link #sort} would, in linear time: other partitions are left as they are. */
  static void cut(long[] elements, int... cuts) {
    new IntroSort(elements, cuts).sort(0, elements.length, depth(elements.length), false);
  }

  /** Brings the {@code k} smallest to the front, as {@code std::partial_sort} or {@code std::nth_element} (torch.topk). */
  static void smallest(long[] elements, int k) {
    IntroSort sort = new IntroSort(elements, new int[0]);
    if (k * 64L <= elements.length) {
      sort.heapSelect(0, k, elements.length);
    } else {
      sort.select(k - 1);
    }
  }

  private static int depth(int n) {
    return n == 0 ? 0 : 2 * (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(n));
  }

  private void sort(int first, int last, int depth, boolean everything) {
    while (last - first > SMALL_SORT) {
      if (!everything && !cutWithin(first, last)) {
        return;
      }
      if (depth == 0) {
        heapSelect(first, last, last);
        sortHeap(first, last);
        return;
      }
      depth--;
      int middle = partition(first, last);
      sort(middle, last, depth, everything);
      last = middle;
    }
    insert(first, last);
  }

  private boolean cutWithin(int first, int last) {
    for (int cut : cuts) {
      if (first < cut && cut < last) {
        return true;
      }
    }
    return false;
  }

  /** Brings the element of place {@code nth} there and smaller ones before it. */
  private void select(int nth) {
    int first = 0;
    int last = a.length;
    for (int depth = depth(last); last - first > SMALL_SELECT; depth--) {
      if (depth == 0) {
        heapSelect(first, nth + 1, last);
        swap(first, nth);
        return;
      }
      int middle = partition(first, last);
      if (middle <= nth) {
        first = middle;
      } else {
        last = middle;
      }
    }
    insert(first, last);
  }

  /** Around the median of three, which goes to the front; returns where the elements begin that are not smaller. */
  private int partition(int first, int last) {
    swap(first, median(first + 1, first + (last - first) / 2, last - 1));
    int low = first + 1;
    int high = last;
    while (true) {
      while (less(a[low], a[first])) {
        low++;
      }
      high--;
      while (less(a[first], a[high])) {
        high--;
      }
      if (low >= high) {
        return low;
      }
      swap(low, high);
      low++;
    }
  }

  private int median(int x, int y, int z) {
    if (less(a[x], a[y])) {
      return less(a[y], a[z]) ? y : less(a[x], a[z]) ? z : x;
    }
    return less(a[x], a[z]) ? x : less(a[y], a[z]) ? z : y;
  }

  private void insert(int first, int last) {
    for (int i = first + 1; i < last; i++) {
      long element = a[i];
      int hole = i;
      while (hole > first && less(element, a[hole - 1])) {
        a[hole] = a[hole - 1];
        hole--;
      }
      a[hole] = element;
    }
  }

  /** Makes [first, middle) a heap of the smallest of [first, last), the largest of them in front. */
  private void heapSelect(int first, int middle, int last) {
    int n = middle - first;
    for (int parent = (n - 2) / 2; parent >= 0 && n > 1; parent--) {
      sift(first, parent, n, a[first + parent]);
    }
    for (int i = middle; i < last; i++) {
      if (n > 0 && less(a[i], a[first])) {
        long element = a[i];
        a[i] = a[first];
        sift(first, 0, n, element);
      }
    }
  }

  private void sortHeap(int first, int last) {
    for (int size = last - first - 1; size > 0; size--) {
      long element = a[first + size];
      a[first + size] = a[first];
      sift(first, 0, size, element);
    }
  }

  /** Moves the hole down to a leaf along the larger children, then the element up from there. */
  private void sift(int first, int top, int n, long element) {
    int hole = top;
    int child = 2 * hole + 2;
    while (child < n) {
      if (less(a[first + child], a[first + child - 1])) {
        child--;
      }
      a[first + hole] = a[first + child];
      hole = child;
      child = 2 * hole + 2;
    }
    if (child == n) { // a last parent with one child
      a[first + hole] = a[first + child - 1];
      hole = child - 1;
    }
    while (hole > top && less(a[first + (hole - 1) / 2], element)) {
      a[first + hole] = a[first + (hole - 1) / 2];
      hole = (hole - 1) / 2;
    }
    a[first + hole] = element;
  }

  private void swap(int i, int j) {
    long element = a[i];
    a[i] = a[j];
    a[j] = element;
  }

  private static boolean less(long x, long y) {
    return x >>> Integer.SIZE < y >>> Integer.SIZE;
  }
}
