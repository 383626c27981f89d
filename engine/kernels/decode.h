// engine/kernels/decode.h - the decompression of constants: indices into a table, a mask
// with the values it lets pass, and prefix codes (Huffman). Streams of bits begin with the
// highest bit of a byte. Stopping as engine/kernels/conv.h says.
//
// What is read comes from a file, so every index is checked on the way. A null `output`
// only checks.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

enum class DecodeEnd : uint8_t { kDone, kStopped, kDamaged };

struct DecodeParams {
  uint32_t elements = 0;
  uint32_t element_bytes = 1;
  // Element i belongs to channel i / run % channels.
  uint32_t channels = 1;
  uint32_t run = 1;
  uint32_t code_bytes = 0;
  uint32_t table_bytes = 0;
  uint32_t bits = 1;    // of an index, or of the first look-up of a prefix code
  uint32_t stride = 0;  // entries from one channel's table to the next
};

// Each element is entry `index` of its channel's table. Requires bits <= 7.
DecodeEnd DecodeByTable(const DecodeParams& p, const uint8_t* codes, const uint8_t* table,
                        uint8_t* output, const StopToken& stop);

// A 1 takes the next value of the table, a 0 its channel's zero. `zeros` holds one byte per
// channel where elements are bytes; elsewhere the zero is 0.
DecodeEnd DecodeByMask(const DecodeParams& p, const uint8_t* codes, const uint8_t* table,
                       const uint8_t* zeros, uint8_t* output, const StopToken& stop);

// A look-up of `bits` bits; each entry tells by its top bit whether it is a value. If so,
// the next four bits count those of the last look-up that belonged to it. If not, they
// are one less than those of the next, which starts at this index + the entry's rest.
// Entry is uint16_t or uint32_t; values are cut to T, int8_t or int16_t.
template <typename Entry, typename T>
DecodeEnd DecodeByPrefix(const DecodeParams& p, const uint8_t* codes, Unaligned<Entry> table,
                         T* output, const StopToken& stop);

}  // namespace moonlet
