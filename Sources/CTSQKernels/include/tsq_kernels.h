#ifndef TSQ_KERNELS_H
#define TSQ_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) of `count` bytes, continuing from the
// checksum `seed` of the bytes before (0 to start). Uses the processor's instruction where it has one.
uint32_t tsq_crc32c(uint32_t seed, const uint8_t *bytes, size_t count);

// The same by table lookup, on any processor: the twin a test compares with.
uint32_t tsq_crc32c_portable(uint32_t seed, const uint8_t *bytes, size_t count);

// Whether tsq_crc32c uses the processor's CRC instruction here: 1 or 0.
int tsq_crc32c_is_accelerated(void);

#endif
