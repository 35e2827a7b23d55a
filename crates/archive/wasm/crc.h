/* CRC-32 and CRC-64 for liblzma in WebAssembly, with tables made at the first use: as data they are 16 KB that no compression
 * makes smaller. Included before every file of liblzma (tools/wasm.mjs), it gives these functions the way that crc_common.h
 * has for an architecture's own. The sums are liblzma's own: eight bytes at a time for CRC-32, four for CRC-64. */
#ifndef BPFC_CRC_H
#define BPFC_CRC_H

#if __has_include("crc_common.h")
#include "crc_common.h"

#undef CRC32_GENERIC
#undef CRC64_GENERIC
#define CRC32_ARCH_OPTIMIZED 1
#define CRC64_ARCH_OPTIMIZED 1

static inline uint32_t
crc32_arch_optimized(const uint8_t *buf, size_t size, uint32_t crc)
{
	static uint32_t table[8][256];
	if (table[0][1] == 0) {
		for (uint32_t byte = 0; byte < 256; byte++) {
			uint32_t r = byte;
			for (int bit = 0; bit < 8; bit++)
				r = (r >> 1) ^ (UINT32_C(0xEDB88320) & -(r & 1));
			table[0][byte] = r;
		}
		for (int i = 1; i < 8; i++)
			for (int byte = 0; byte < 256; byte++) {
				const uint32_t before = table[i - 1][byte];
				table[i][byte] = (before >> 8) ^ table[0][before & 0xFF];
			}
	}
	crc = ~crc;
	for (; size >= 8; size -= 8, buf += 8) {
		const uint32_t low = crc ^ read32le(buf);
		const uint32_t high = read32le(buf + 4);
		crc = table[7][A(low)] ^ table[6][B(low)] ^ table[5][C(low)] ^ table[4][D(low)]
			^ table[3][A(high)] ^ table[2][B(high)] ^ table[1][C(high)] ^ table[0][D(high)];
	}
	for (; size != 0; size--)
		crc = table[0][A(crc ^ *buf++)] ^ S8(crc);
	return ~crc;
}

static inline uint64_t
crc64_arch_optimized(const uint8_t *buf, size_t size, uint64_t crc)
{
	static uint64_t table[4][256];
	if (table[0][1] == 0) {
		for (uint64_t byte = 0; byte < 256; byte++) {
			uint64_t r = byte;
			for (int bit = 0; bit < 8; bit++)
				r = (r >> 1) ^ (UINT64_C(0xC96C5795D7870F42) & -(r & 1));
			table[0][byte] = r;
		}
		for (int i = 1; i < 4; i++)
			for (int byte = 0; byte < 256; byte++) {
				const uint64_t before = table[i - 1][byte];
				table[i][byte] = (before >> 8) ^ table[0][before & 0xFF];
			}
	}
	crc = ~crc;
	for (; size >= 4; size -= 4, buf += 4) {
		const uint32_t low = (uint32_t)crc ^ read32le(buf);
		crc = table[3][A(low)] ^ table[2][B(low)] ^ S32(crc) ^ table[1][C(low)] ^ table[0][D(low)];
	}
	for (; size != 0; size--)
		crc = table[0][A(crc ^ *buf++)] ^ S8(crc);
	return ~crc;
}

#endif
#endif
