// CRC-32C, which Swift cannot reach at speed: the checksum is one instruction on x86-64 (SSE4.2) and
// on ARMv8. Chosen at run time on x86-64; the portable twin gives the same bits.

#include "tsq_kernels.h"

#include <string.h>

// Slicing by eight: table[k][b] is the checksum of byte b followed by k zero bytes.
// Source: Kounavis & Berry, "A Systematic Approach to Building High Performance Software-Based CRC
// Generators", ISCC 2005.
static uint32_t table[8][256];

// Filled before main, so that no reader ever sees half a table and no lock is needed.
__attribute__((constructor)) static void fill_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
    table[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; byte++) {
    for (int slice = 1; slice < 8; slice++) {
      uint32_t before = table[slice - 1][byte];
      table[slice][byte] = (before >> 8) ^ table[0][before & 0xff];
    }
  }
}

uint32_t tsq_crc32c_portable(uint32_t seed, const uint8_t *bytes, size_t count) {
  uint32_t crc = ~seed;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint32_t low = crc ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                          (uint32_t)bytes[3] << 24);
    crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^
          table[4][low >> 24] ^ table[3][bytes[4]] ^ table[2][bytes[5]] ^ table[1][bytes[6]] ^
          table[0][bytes[7]];
  }
  for (; count > 0; bytes++, count--) crc = (crc >> 8) ^ table[0][(crc ^ *bytes) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)

#include <immintrin.h>

#define STREAMED __attribute__((target("sse4.2,pclmul"), always_inline)) static inline

STREAMED uint64_t word_at(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

// Checksums of three neighbouring runs of `length` bytes at once, since the instruction takes three cycles
// and starts every cycle. `far` and `near` are x^(8 * 2 * length - 33) and x^(8 * length - 33) modulo the
// polynomial, reflected: what moves a checksum on by so many zero bytes, the instruction doing the rest.
// Source: Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction", Intel 2011.
STREAMED uint64_t three_runs(
    uint64_t crc, const uint8_t *bytes, size_t length, uint32_t far, uint32_t near) {
  uint64_t second = 0, third = 0;
  for (size_t offset = 0; offset < length; offset += 8) {
    crc = _mm_crc32_u64(crc, word_at(bytes + offset));
    second = _mm_crc32_u64(second, word_at(bytes + length + offset));
    third = _mm_crc32_u64(third, word_at(bytes + 2 * length + offset));
  }
  __m128i moved = _mm_xor_si128(
      _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)crc), _mm_cvtsi64_si128(far), 0),
      _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)second), _mm_cvtsi64_si128(near), 0));
  return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(moved)) ^ third;
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t crc32c_streamed(
    uint32_t seed, const uint8_t *bytes, size_t count) {
  uint64_t crc = ~seed;
  for (; count >= 3 * 1024; bytes += 3 * 1024, count -= 3 * 1024) {
    crc = three_runs(crc, bytes, 1024, 0xa51b6135, 0x170076fa);
  }
  for (; count >= 3 * 128; bytes += 3 * 128, count -= 3 * 128) {
    crc = three_runs(crc, bytes, 128, 0xb9e02b86, 0x0d3b6092);
  }
  for (; count >= 8; bytes += 8, count -= 8) crc = _mm_crc32_u64(crc, word_at(bytes));
  for (; count > 0; bytes++, count--) crc = _mm_crc32_u8((uint32_t)crc, *bytes);
  return ~(uint32_t)crc;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(
    uint32_t seed, const uint8_t *bytes, size_t count) {
  uint64_t crc = ~seed;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = _mm_crc32_u64(crc, word);
  }
  for (; count > 0; bytes++, count--) crc = _mm_crc32_u8((uint32_t)crc, *bytes);
  return ~(uint32_t)crc;
}

uint32_t tsq_crc32c(uint32_t seed, const uint8_t *bytes, size_t count) {
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) {
    return crc32c_streamed(seed, bytes, count);
  }
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(seed, bytes, count);
  return tsq_crc32c_portable(seed, bytes, count);
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

uint32_t tsq_crc32c(uint32_t seed, const uint8_t *bytes, size_t count) {
  uint32_t crc = ~seed;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __crc32cd(crc, word);
  }
  for (; count > 0; bytes++, count--) crc = __crc32cb(crc, *bytes);
  return ~crc;
}

#else

uint32_t tsq_crc32c(uint32_t seed, const uint8_t *bytes, size_t count) {
  return tsq_crc32c_portable(seed, bytes, count);
}

#endif
