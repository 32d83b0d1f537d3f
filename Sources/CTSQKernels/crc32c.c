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

#include <nmmintrin.h>

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

int tsq_crc32c_is_accelerated(void) { return __builtin_cpu_supports("sse4.2") ? 1 : 0; }

uint32_t tsq_crc32c(uint32_t seed, const uint8_t *bytes, size_t count) {
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(seed, bytes, count);
  return tsq_crc32c_portable(seed, bytes, count);
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

int tsq_crc32c_is_accelerated(void) { return 1; }

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

int tsq_crc32c_is_accelerated(void) { return 0; }

uint32_t tsq_crc32c(uint32_t seed, const uint8_t *bytes, size_t count) {
  return tsq_crc32c_portable(seed, bytes, count);
}

#endif
