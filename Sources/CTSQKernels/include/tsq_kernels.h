#ifndef TSQ_KERNELS_H
#define TSQ_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) of `count` bytes, continuing from the
// checksum `seed` of the bytes before (0 to start). Uses the processor's instruction where it has one.
uint32_t tsq_crc32c(uint32_t seed, const uint8_t *bytes, size_t count);

// The same by table lookup, on any processor: the twin a test compares with.
uint32_t tsq_crc32c_portable(uint32_t seed, const uint8_t *bytes, size_t count);

// Unpacks `rows` rows of 16 interleaved lanes, `width` (1 to 64) bits a number, from whole 64-bit
// little-endian words: ceil(rows * width / 64) * 128 bytes are read, `rows * 16` numbers written.
void tsq_unpack_rows(const uint8_t *input, size_t rows, unsigned width, int64_t *output);
void tsq_unpack_rows_portable(const uint8_t *input, size_t rows, unsigned width, int64_t *output);

// Each integer as a double, divided by `divisor`: both steps rounded to nearest even.
void tsq_divide(const int64_t *integers, size_t count, double divisor, double *output);
void tsq_divide_portable(const int64_t *integers, size_t count, double divisor, double *output);

// Each integer as a double.
void tsq_to_double(const int64_t *integers, size_t count, double *output);
void tsq_to_double_portable(const int64_t *integers, size_t count, double *output);

// Each integer as the double whose bits in order it is.
void tsq_order(const int64_t *integers, size_t count, double *output);
void tsq_order_portable(const int64_t *integers, size_t count, double *output);

// Running sums in place, modulo 2^64: values[k] = origin + sum over j <= k of (values[j] + base) * factor.
void tsq_running_sum(int64_t *values, size_t count, int64_t base, int64_t factor, int64_t origin);
void tsq_running_sum_portable(
    int64_t *values, size_t count, int64_t base, int64_t factor, int64_t origin);

// Each integer as a double, divided by `divisor`, then moved on by so many doubles: `residuals` wrap
// modulo 2^64 in the order of the doubles, so that every bit pattern can come out.
void tsq_join_decimals(
    const int64_t *integers, const int64_t *residuals, size_t count, double divisor, double *output);
void tsq_join_decimals_portable(
    const int64_t *integers, const int64_t *residuals, size_t count, double divisor, double *output);

// The other way: the integer nearest to each value times `power`, and the doubles in between. Returns 0
// where some product is no number below 2^51 in magnitude: then nothing written means anything.
int tsq_split_decimals(
    const double *values, size_t count, double power, int64_t *integers, int64_t *residuals);
int tsq_split_decimals_portable(
    const double *values, size_t count, double power, int64_t *integers, int64_t *residuals);

// Doubles from the high and the `low_bits` (1 to 63) low bits of their patterns in order.
void tsq_join_bits(
    const int64_t *high, const int64_t *low, size_t count, unsigned low_bits, double *output);
void tsq_join_bits_portable(
    const int64_t *high, const int64_t *low, size_t count, unsigned low_bits, double *output);

// Packs `rows` rows of 16 lanes, each integer less `base` in its low `width` (1 to 64) bits, into whole
// words that are zero before: (rows * width / 64 + 2) * 16 of them.
void tsq_pack_rows(
    const int64_t *values, size_t rows, unsigned width, int64_t base, uint64_t *words);
void tsq_pack_rows_portable(
    const int64_t *values, size_t rows, unsigned width, int64_t base, uint64_t *words);

// The least and the greatest of at least one integer.
void tsq_range(const int64_t *values, size_t count, int64_t *least, int64_t *greatest);
void tsq_range_portable(const int64_t *values, size_t count, int64_t *least, int64_t *greatest);

// How many integers less `base`, modulo 2^64, have each bit length: those that are not negative by their
// length (0 to 63) from counts[0], the others by that of their complement from counts[65]. 130 counts.
void tsq_bit_lengths(const int64_t *values, size_t count, int64_t base, uint32_t *counts);
void tsq_bit_lengths_portable(
    const int64_t *values, size_t count, int64_t base, uint32_t *counts);

// How many integers less `base`, modulo 2^64 and unsigned, are at least `first`, at least `second`, and at
// least 2^63, which is below the base. 3 counts.
void tsq_counts_from(
    const int64_t *values, size_t count, int64_t base, uint64_t first, uint64_t second,
    size_t *counts);
void tsq_counts_from_portable(
    const int64_t *values, size_t count, int64_t base, uint64_t first, uint64_t second,
    size_t *counts);

// The places of the integers, at most 65,536 of them, that less `base`, modulo 2^64 and unsigned, take more
// than `width` (0 to 63) bits; returns how many there are. `places` has room for as many as integers.
size_t tsq_wide_places(
    const int64_t *values, size_t count, int64_t base, unsigned width, uint16_t *places);
size_t tsq_wide_places_portable(
    const int64_t *values, size_t count, int64_t base, unsigned width, uint16_t *places);

// Each integer less the one before, modulo 2^64, from the second on; the first is not written.
void tsq_differences(const int64_t *values, size_t count, int64_t *differences);
void tsq_differences_portable(const int64_t *values, size_t count, int64_t *differences);

// The differences of the differences, modulo 2^64, from the third on; the first two are not written.
void tsq_bends(const int64_t *values, size_t count, int64_t *bends);
void tsq_bends_portable(const int64_t *values, size_t count, int64_t *bends);

// How many integers differ from the one before.
size_t tsq_changes(const int64_t *values, size_t count);
size_t tsq_changes_portable(const int64_t *values, size_t count);

// How far the integers lie from the grid 0, step, 2 * step, ... at most: a magnitude, modulo 2^64 and no
// larger than a signed integer holds.
int64_t tsq_grid_jitter(const int64_t *values, size_t count, int64_t step);
int64_t tsq_grid_jitter_portable(const int64_t *values, size_t count, int64_t step);

// The least of `least` and those integers that are not below `floor`.
int64_t tsq_least_from(const int64_t *values, size_t count, int64_t floor, int64_t least);
int64_t tsq_least_from_portable(
    const int64_t *values, size_t count, int64_t floor, int64_t least);

// Puts up to TSQ_FEW integers in rising order.
#define TSQ_FEW 32
void tsq_sort_few(int64_t *values, size_t count);
void tsq_sort_few_portable(int64_t *values, size_t count);

// Whether these use AVX2 here: 1 or 0.
int tsq_columns_are_accelerated(void);

#endif
