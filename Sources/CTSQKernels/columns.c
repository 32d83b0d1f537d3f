// Column kernels. Each has one body of plain C, compiled twice: for any processor, and for AVX2, chosen
// at run time. No body has a floating-point expression that could be fused, so both give the same bits.
//
// Why C: the decoder's three passes together run 1.5 to 2 times as fast as the same loops in Swift,
// whose optimiser leaves the lanes of a row scalar and cannot be told to use AVX2 for one function.

#include "tsq_kernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define LANES 16
#define BODY static inline __attribute__((always_inline)) void

static inline __attribute__((always_inline)) uint64_t load_word(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

// Without `restrict` every row would be checked for overlap, or left scalar.
BODY unpack_rows_body(const uint8_t *restrict input, size_t rows, unsigned width, int64_t *restrict output) {
  const uint64_t mask = ~(uint64_t)0 >> (64 - width);
  for (size_t row = 0; row < rows; row++) {
    const size_t bit = row * width;
    const unsigned shift = bit & 63;
    const uint8_t *low = input + (bit >> 6) * (LANES * 8);
    int64_t *target = output + row * LANES;
    if (shift + width <= 64) {
      for (int lane = 0; lane < LANES; lane++) {
        target[lane] = (int64_t)((load_word(low + lane * 8) >> shift) & mask);
      }
    } else {
      const uint8_t *high = low + LANES * 8;
      for (int lane = 0; lane < LANES; lane++) {
        uint64_t word = load_word(low + lane * 8) >> shift | load_word(high + lane * 8) << (64 - shift);
        target[lane] = (int64_t)(word & mask);
      }
    }
  }
}

// Doubles as integers in the same order, and back: its own inverse.
static inline __attribute__((always_inline)) uint64_t ordered(uint64_t bits) {
  return bits ^ ((uint64_t)((int64_t)bits >> 63) >> 1);
}

static inline __attribute__((always_inline)) uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, 8);
  return bits;
}

static inline __attribute__((always_inline)) double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, 8);
  return value;
}

// A conversion that the compiler can vectorise: x86 before AVX-512 has none for 64-bit integers. The two
// halves of the integer become the low digits of two doubles without rounding; their sum rounds once, as
// the conversion does.
static inline __attribute__((always_inline)) double as_double(int64_t integer) {
#if defined(__x86_64__)
  uint64_t low = ((uint64_t)integer & 0xffffffff) | 0x4330000000000000;
  uint64_t high = ((uint64_t)integer >> 32) ^ 0x4530000080000000;
  return (double_of(high) - double_of(0x4530000080100000)) + double_of(low);
#else
  return (double)integer;
#endif
}

BODY divide_body(const int64_t *restrict integers, size_t count, double divisor, double *restrict output) {
  for (size_t index = 0; index < count; index++) output[index] = as_double(integers[index]) / divisor;
}

BODY to_double_body(const int64_t *restrict integers, size_t count, double *restrict output) {
  for (size_t index = 0; index < count; index++) output[index] = as_double(integers[index]);
}

BODY join_decimals_body(
    const int64_t *restrict integers, const int64_t *restrict residuals, size_t count, double divisor, double *restrict output) {
  for (size_t index = 0; index < count; index++) {
    uint64_t nearest = ordered(bits_of(as_double(integers[index]) / divisor));
    output[index] = double_of(ordered(nearest + (uint64_t)residuals[index]));
  }
}

BODY order_body(const int64_t *restrict integers, size_t count, double *restrict output) {
  for (size_t index = 0; index < count; index++) {
    output[index] = double_of(ordered((uint64_t)integers[index]));
  }
}

BODY join_bits_body(
    const int64_t *restrict high, const int64_t *restrict low, size_t count, unsigned low_bits, double *restrict output) {
  for (size_t index = 0; index < count; index++) {
    uint64_t bits = ((uint64_t)high[index] << low_bits) ^ (uint64_t)low[index];
    output[index] = double_of(ordered(bits));
  }
}

// Adding and subtracting 1.5 * 2^52 rounds to an integer, whose low bits are then the sum's own.
static inline __attribute__((always_inline)) int split_decimals_body(
    const double *restrict values, size_t count, double power, int64_t *restrict integers, int64_t *restrict residuals) {
  const double shift = 0x1.8p52;
  uint64_t outside = 0;
  for (size_t index = 0; index < count; index++) {
    double scaled = values[index] * power;
    outside |= !(scaled < 0x1p51) | !(scaled > -0x1p51);
    double shifted = scaled + shift;
    integers[index] = (int64_t)(bits_of(shifted) - bits_of(shift));
    // Minus zero is the integer 0, which stands for plus zero.
    double nearest = ((shifted - shift) + 0.0) / power;
    residuals[index] = (int64_t)(ordered(bits_of(values[index])) - ordered(bits_of(nearest)));
  }
  return outside == 0;
}

void tsq_join_decimals_portable(
    const int64_t *integers, const int64_t *residuals, size_t count, double divisor, double *output) {
  join_decimals_body(integers, residuals, count, divisor, output);
}

void tsq_join_bits_portable(
    const int64_t *high, const int64_t *low, size_t count, unsigned low_bits, double *output) {
  join_bits_body(high, low, count, low_bits, output);
}

int tsq_split_decimals_portable(
    const double *values, size_t count, double power, int64_t *integers, int64_t *residuals) {
  return split_decimals_body(values, count, power, integers, residuals);
}

void tsq_unpack_rows_portable(const uint8_t *input, size_t rows, unsigned width, int64_t *output) {
  unpack_rows_body(input, rows, width, output);
}

void tsq_divide_portable(const int64_t *integers, size_t count, double divisor, double *output) {
  divide_body(integers, count, divisor, output);
}

void tsq_to_double_portable(const int64_t *integers, size_t count, double *output) {
  to_double_body(integers, count, output);
}

void tsq_order_portable(const int64_t *integers, size_t count, double *output) {
  order_body(integers, count, output);
}

void tsq_running_sum_portable(
    int64_t *values, size_t count, int64_t base, int64_t factor, int64_t origin) {
  uint64_t sum = (uint64_t)origin;
  for (size_t index = 0; index < count; index++) {
    sum += ((uint64_t)values[index] + (uint64_t)base) * (uint64_t)factor;
    values[index] = (int64_t)sum;
  }
}

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static void unpack_rows_avx2(
    const uint8_t *input, size_t rows, unsigned width, int64_t *output) {
  unpack_rows_body(input, rows, width, output);
}

AVX2 static void divide_avx2(
    const int64_t *integers, size_t count, double divisor, double *output) {
  divide_body(integers, count, divisor, output);
}

AVX2 static void to_double_avx2(const int64_t *integers, size_t count, double *output) {
  to_double_body(integers, count, output);
}

AVX2 static void join_decimals_avx2(
    const int64_t *integers, const int64_t *residuals, size_t count, double divisor, double *output) {
  join_decimals_body(integers, residuals, count, divisor, output);
}

AVX2 static void join_bits_avx2(
    const int64_t *high, const int64_t *low, size_t count, unsigned low_bits, double *output) {
  join_bits_body(high, low, count, low_bits, output);
}

AVX2 static int split_decimals_avx2(
    const double *values, size_t count, double power, int64_t *integers, int64_t *residuals) {
  return split_decimals_body(values, count, power, integers, residuals);
}

AVX2 static void order_avx2(const int64_t *integers, size_t count, double *output) {
  order_body(integers, count, output);
}

// Low 64 bits of the products of four pairs.
AVX2 static inline __m256i multiply_four(__m256i left, __m256i right) {
  __m256i cross = _mm256_add_epi64(
      _mm256_mul_epu32(_mm256_srli_epi64(left, 32), right),
      _mm256_mul_epu32(left, _mm256_srli_epi64(right, 32)));
  return _mm256_add_epi64(_mm256_mul_epu32(left, right), _mm256_slli_epi64(cross, 32));
}

// Four at a time: sums within the four by two shifted additions, then the carry to all of them.
AVX2 static inline __attribute__((always_inline)) void running_sum_fours(
    int64_t *values, size_t count, int64_t base, int64_t factor, int64_t origin, int multiplies) {
  const __m256i bases = _mm256_set1_epi64x(base);
  const __m256i factors = _mm256_set1_epi64x(factor);
  __m256i carry = _mm256_set1_epi64x(origin);
  size_t index = 0;
  for (; index + 4 <= count; index += 4) {
    __m256i four = _mm256_loadu_si256((const __m256i *)(values + index));
    four = _mm256_add_epi64(four, bases);
    if (multiplies) four = multiply_four(four, factors);
    four = _mm256_add_epi64(four, _mm256_slli_si256(four, 8));
    // The low half's sum, added to both of the high half.
    __m256i low = _mm256_permute4x64_epi64(four, 0x50);
    low = _mm256_blend_epi32(_mm256_setzero_si256(), low, 0xf0);
    four = _mm256_add_epi64(four, low);
    __m256i total = _mm256_permute4x64_epi64(four, 0xff);
    _mm256_storeu_si256((__m256i *)(values + index), _mm256_add_epi64(four, carry));
    carry = _mm256_add_epi64(carry, total);
  }
  int64_t last = _mm256_extract_epi64(carry, 0);
  tsq_running_sum_portable(values + index, count - index, base, factor, last);
}

AVX2 static void running_sum_avx2(
    int64_t *values, size_t count, int64_t base, int64_t factor, int64_t origin) {
  if (factor == 1) {
    running_sum_fours(values, count, base, factor, origin, 0);
  } else {
    running_sum_fours(values, count, base, factor, origin, 1);
  }
}

#define DISPATCH(fast, portable) \
  if (__builtin_cpu_supports("avx2")) { \
    fast; \
  } else { \
    portable; \
  }

int tsq_columns_are_accelerated(void) { return __builtin_cpu_supports("avx2") ? 1 : 0; }

#else

#define DISPATCH(fast, portable) portable;

int tsq_columns_are_accelerated(void) { return 0; }

#endif

void tsq_unpack_rows(const uint8_t *input, size_t rows, unsigned width, int64_t *output) {
  DISPATCH(
      unpack_rows_avx2(input, rows, width, output),
      tsq_unpack_rows_portable(input, rows, width, output))
}

void tsq_divide(const int64_t *integers, size_t count, double divisor, double *output) {
  DISPATCH(
      divide_avx2(integers, count, divisor, output),
      tsq_divide_portable(integers, count, divisor, output))
}

void tsq_to_double(const int64_t *integers, size_t count, double *output) {
  DISPATCH(to_double_avx2(integers, count, output), tsq_to_double_portable(integers, count, output))
}

void tsq_order(const int64_t *integers, size_t count, double *output) {
  DISPATCH(order_avx2(integers, count, output), tsq_order_portable(integers, count, output))
}

void tsq_running_sum(int64_t *values, size_t count, int64_t base, int64_t factor, int64_t origin) {
  DISPATCH(
      running_sum_avx2(values, count, base, factor, origin),
      tsq_running_sum_portable(values, count, base, factor, origin))
}

void tsq_join_decimals(
    const int64_t *integers, const int64_t *residuals, size_t count, double divisor, double *output) {
  DISPATCH(
      join_decimals_avx2(integers, residuals, count, divisor, output),
      tsq_join_decimals_portable(integers, residuals, count, divisor, output))
}

void tsq_join_bits(
    const int64_t *high, const int64_t *low, size_t count, unsigned low_bits, double *output) {
  DISPATCH(
      join_bits_avx2(high, low, count, low_bits, output),
      tsq_join_bits_portable(high, low, count, low_bits, output))
}

int tsq_split_decimals(
    const double *values, size_t count, double power, int64_t *integers, int64_t *residuals) {
  DISPATCH(
      return split_decimals_avx2(values, count, power, integers, residuals),
      return tsq_split_decimals_portable(values, count, power, integers, residuals))
}
