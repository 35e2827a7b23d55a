/* What liblzma's copying of 32 bytes at a time (`LZMA_LZ_DECODER_CONFIG` 2 of lz_decoder.h) needs of Intel's header, in
 * the SIMD instructions of WebAssembly. Only for building the module: tools/wasm.mjs. */
#ifndef BPFC_IMMINTRIN_H
#define BPFC_IMMINTRIN_H

#include <wasm_simd128.h>

typedef v128_t __m128i;

#define _mm_loadu_si128(from) wasm_v128_load(from)
#define _mm_storeu_si128(to, value) wasm_v128_store((to), (value))

#endif
