// Kernels of the encoder: what its choice of a packing counts, and the packing itself. As those of columns.c,
// each is compiled twice and gives the same on any processor.

#include "tsq_kernels.h"

#include <string.h>

#define LANES 16
#define LENGTHS 130
#define INLINE static inline __attribute__((always_inline))

INLINE void pack_rows_body(
    const int64_t *restrict values, size_t rows, unsigned width, int64_t base,
    uint64_t *restrict words) {
  const uint64_t mask = ~(uint64_t)0 >> (64 - width);
  for (size_t row = 0; row < rows; row++) {
    const size_t bit = row * width;
    const unsigned shift = bit & 63;
    const int64_t *source = values + row * LANES;
    uint64_t *low = words + (bit >> 6) * LANES;
    if (shift + width <= 64) {
      for (int lane = 0; lane < LANES; lane++) {
        low[lane] |= (((uint64_t)source[lane] - (uint64_t)base) & mask) << shift;
      }
    } else {
      uint64_t *high = low + LANES;
      for (int lane = 0; lane < LANES; lane++) {
        uint64_t value = ((uint64_t)source[lane] - (uint64_t)base) & mask;
        low[lane] |= value << shift;
        high[lane] = value >> (64 - shift);
      }
    }
  }
}

INLINE void range_body(
    const int64_t *restrict values, size_t count, int64_t *least, int64_t *greatest) {
  int64_t low = values[0], high = values[0];
  for (size_t index = 0; index < count; index++) {
    low = values[index] < low ? values[index] : low;
    high = values[index] > high ? values[index] : high;
  }
  *least = low;
  *greatest = high;
}

INLINE size_t length_slot(int64_t value, int64_t base) {
  int64_t offset = (int64_t)((uint64_t)value - (uint64_t)base);
  int64_t sign = offset >> 63;
  uint64_t magnitude = (uint64_t)(offset ^ sign);
  size_t length = magnitude == 0 ? 0 : 64 - (size_t)__builtin_clzll(magnitude);
  return length + (size_t)(sign & 65);
}

// Four tables: most lengths are equal, and counting in one would wait for the count before.
INLINE void bit_lengths_body(
    const int64_t *restrict values, size_t count, int64_t base, uint32_t *restrict counts) {
  uint32_t tables[4][LENGTHS];
  memset(tables, 0, sizeof tables);
  size_t index = 0;
  for (; index + 4 <= count; index += 4) {
    for (int table = 0; table < 4; table++) {
      tables[table][length_slot(values[index + table], base)]++;
    }
  }
  for (; index < count; index++) tables[0][length_slot(values[index], base)]++;
  for (int slot = 0; slot < LENGTHS; slot++) {
    counts[slot] = tables[0][slot] + tables[1][slot] + tables[2][slot] + tables[3][slot];
  }
}

// Three counts in one pass, so that the integers are loaded once.
INLINE void counts_from_body(
    const int64_t *restrict values, size_t count, int64_t base, uint64_t first, uint64_t second,
    size_t *restrict counts) {
  uint64_t from_first = 0, from_second = 0, below = 0;
  for (size_t index = 0; index < count; index++) {
    uint64_t offset = (uint64_t)values[index] - (uint64_t)base;
    from_first += offset >= first;
    from_second += offset >= second;
    below += offset >> 63;
  }
  counts[0] = from_first;
  counts[1] = from_second;
  counts[2] = below;
}

// Every place is written and only counted where it stays, so that no branch is guessed wrong.
INLINE size_t wide_places_body(
    const int64_t *restrict values, size_t count, int64_t base, unsigned width,
    uint16_t *restrict places) {
  size_t found = 0;
  for (size_t index = 0; index < count; index++) {
    places[found] = (uint16_t)index;
    found += ((uint64_t)values[index] - (uint64_t)base) >> width != 0;
  }
  return found;
}

INLINE void differences_body(
    const int64_t *restrict values, size_t count, int64_t *restrict differences) {
  for (size_t index = 1; index < count; index++) {
    differences[index] = (int64_t)((uint64_t)values[index] - (uint64_t)values[index - 1]);
  }
}

INLINE void bends_body(const int64_t *restrict values, size_t count, int64_t *restrict bends) {
  for (size_t index = 2; index < count; index++) {
    uint64_t middle = (uint64_t)values[index - 1];
    bends[index] =
        (int64_t)((uint64_t)values[index] - middle - middle + (uint64_t)values[index - 2]);
  }
}

INLINE size_t changes_body(const int64_t *restrict values, size_t count) {
  size_t changes = 0;
  for (size_t index = 1; index < count; index++) changes += values[index] != values[index - 1];
  return changes;
}

// The farthest that `values[k]` lies from `k * step`, as far as a number says it.
INLINE int64_t grid_jitter_body(const int64_t *restrict values, size_t count, int64_t step) {
  int64_t low = 0, high = 0;
  for (size_t index = 0; index < count; index++) {
    int64_t distance = (int64_t)((uint64_t)values[index] - (uint64_t)index * (uint64_t)step);
    low = distance < low ? distance : low;
    high = distance > high ? distance : high;
  }
  if (low == INT64_MIN) return INT64_MAX;
  return -low > high ? -low : high;
}

INLINE int64_t least_from_body(
    const int64_t *restrict values, size_t count, int64_t floor, int64_t least) {
  int64_t low = least;
  for (size_t index = 0; index < count; index++) {
    // What is below the floor counts as `least`, which does not change, so that no step waits for another.
    int64_t value = values[index] < floor ? least : values[index];
    low = value < low ? value : low;
  }
  return low;
}

// By rank, since all comparisons are then independent: the last of some equal integers finds its place, and
// the places it leaves before it are theirs.
INLINE void sort_few_body(int64_t *restrict values, size_t count) {
  int64_t copy[TSQ_FEW] = {0}, ranks[TSQ_FEW] = {0};
  memcpy(copy, values, count * sizeof *values);
  for (size_t other = 0; other < count; other++) {
    int64_t value = copy[other];
    for (int index = 0; index < TSQ_FEW; index++) ranks[index] += value <= copy[index];
  }
  uint64_t taken = 0;
  for (size_t index = 0; index < count; index++) {
    values[ranks[index] - 1] = copy[index];
    taken |= (uint64_t)1 << (ranks[index] - 1);
  }
  for (size_t place = count; place-- > 0;) {
    if ((taken >> place & 1) == 0) values[place] = values[place + 1];
  }
}

void tsq_pack_rows_portable(
    const int64_t *values, size_t rows, unsigned width, int64_t base, uint64_t *words) {
  pack_rows_body(values, rows, width, base, words);
}

void tsq_range_portable(const int64_t *values, size_t count, int64_t *least, int64_t *greatest) {
  range_body(values, count, least, greatest);
}

void tsq_bit_lengths_portable(
    const int64_t *values, size_t count, int64_t base, uint32_t *counts) {
  bit_lengths_body(values, count, base, counts);
}

void tsq_counts_from_portable(
    const int64_t *values, size_t count, int64_t base, uint64_t first, uint64_t second,
    size_t *counts) {
  counts_from_body(values, count, base, first, second, counts);
}

size_t tsq_wide_places_portable(
    const int64_t *values, size_t count, int64_t base, unsigned width, uint16_t *places) {
  return wide_places_body(values, count, base, width, places);
}

void tsq_differences_portable(const int64_t *values, size_t count, int64_t *differences) {
  differences_body(values, count, differences);
}

void tsq_bends_portable(const int64_t *values, size_t count, int64_t *bends) {
  bends_body(values, count, bends);
}

size_t tsq_changes_portable(const int64_t *values, size_t count) {
  return changes_body(values, count);
}

int64_t tsq_grid_jitter_portable(const int64_t *values, size_t count, int64_t step) {
  return grid_jitter_body(values, count, step);
}

int64_t tsq_least_from_portable(
    const int64_t *values, size_t count, int64_t floor, int64_t least) {
  return least_from_body(values, count, floor, least);
}

void tsq_sort_few_portable(int64_t *values, size_t count) { sort_few_body(values, count); }

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,lzcnt")))

AVX2 static void pack_rows_avx2(
    const int64_t *values, size_t rows, unsigned width, int64_t base, uint64_t *words) {
  pack_rows_body(values, rows, width, base, words);
}

AVX2 static void range_avx2(
    const int64_t *values, size_t count, int64_t *least, int64_t *greatest) {
  range_body(values, count, least, greatest);
}

AVX2 static void bit_lengths_avx2(
    const int64_t *values, size_t count, int64_t base, uint32_t *counts) {
  bit_lengths_body(values, count, base, counts);
}

AVX2 static void counts_from_avx2(
    const int64_t *values, size_t count, int64_t base, uint64_t first, uint64_t second,
    size_t *counts) {
  counts_from_body(values, count, base, first, second, counts);
}

AVX2 static size_t wide_places_avx2(
    const int64_t *values, size_t count, int64_t base, unsigned width, uint16_t *places) {
  return wide_places_body(values, count, base, width, places);
}

AVX2 static void differences_avx2(const int64_t *values, size_t count, int64_t *differences) {
  differences_body(values, count, differences);
}

AVX2 static void bends_avx2(const int64_t *values, size_t count, int64_t *bends) {
  bends_body(values, count, bends);
}

AVX2 static size_t changes_avx2(const int64_t *values, size_t count) {
  return changes_body(values, count);
}

AVX2 static int64_t grid_jitter_avx2(const int64_t *values, size_t count, int64_t step) {
  return grid_jitter_body(values, count, step);
}

AVX2 static int64_t least_from_avx2(
    const int64_t *values, size_t count, int64_t floor, int64_t least) {
  return least_from_body(values, count, floor, least);
}

AVX2 static void sort_few_avx2(int64_t *values, size_t count) { sort_few_body(values, count); }

// Every processor with AVX2 has LZCNT as well, which counts in one step what BSR needs a case for.
#define IS_FAST (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("lzcnt"))
#define CHOOSE(fast, portable) (IS_FAST ? fast : portable)

#else

#define CHOOSE(fast, portable) (portable)

#endif

void tsq_pack_rows(
    const int64_t *values, size_t rows, unsigned width, int64_t base, uint64_t *words) {
  CHOOSE(pack_rows_avx2, tsq_pack_rows_portable)(values, rows, width, base, words);
}

void tsq_range(const int64_t *values, size_t count, int64_t *least, int64_t *greatest) {
  CHOOSE(range_avx2, tsq_range_portable)(values, count, least, greatest);
}

void tsq_bit_lengths(const int64_t *values, size_t count, int64_t base, uint32_t *counts) {
  CHOOSE(bit_lengths_avx2, tsq_bit_lengths_portable)(values, count, base, counts);
}

void tsq_counts_from(
    const int64_t *values, size_t count, int64_t base, uint64_t first, uint64_t second,
    size_t *counts) {
  CHOOSE(counts_from_avx2, tsq_counts_from_portable)(values, count, base, first, second, counts);
}

size_t tsq_wide_places(
    const int64_t *values, size_t count, int64_t base, unsigned width, uint16_t *places) {
  return CHOOSE(wide_places_avx2, tsq_wide_places_portable)(values, count, base, width, places);
}

void tsq_differences(const int64_t *values, size_t count, int64_t *differences) {
  CHOOSE(differences_avx2, tsq_differences_portable)(values, count, differences);
}

void tsq_bends(const int64_t *values, size_t count, int64_t *bends) {
  CHOOSE(bends_avx2, tsq_bends_portable)(values, count, bends);
}

size_t tsq_changes(const int64_t *values, size_t count) {
  return CHOOSE(changes_avx2, tsq_changes_portable)(values, count);
}

int64_t tsq_grid_jitter(const int64_t *values, size_t count, int64_t step) {
  return CHOOSE(grid_jitter_avx2, tsq_grid_jitter_portable)(values, count, step);
}

int64_t tsq_least_from(const int64_t *values, size_t count, int64_t floor, int64_t least) {
  return CHOOSE(least_from_avx2, tsq_least_from_portable)(values, count, floor, least);
}

void tsq_sort_few(int64_t *values, size_t count) {
  CHOOSE(sort_few_avx2, tsq_sort_few_portable)(values, count);
}
