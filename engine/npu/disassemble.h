// engine/npu/disassemble.h - the text of a command stream.
//
//   class Printer final : public npu::StreamLines {
//    public:
//     void Add(const npu::StreamLine& line) override { std::puts(line.text); }
//   };
//   Printer printer;
//   Status s = npu::Disassemble(operator_input, printer);
//
//    ; U55-128 (0x00001807), architecture 1.0.6, 741 words
//      57  OFM_ZERO_POINT      -128
//      58  OFM_PRECISION       int8 NHCWB16
//      83  CONV 10x3 s2x1 49x5x2 -> 25x5x16 int8 pad 4,1,5,1 block 26x6x16 weights 1:0x2ec0+960
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"

namespace moonlet::npu {

enum class LineKind : uint8_t { kHeader, kRegister, kOperation, kError };

struct StreamLine {
  LineKind kind;
  uint32_t word;     // of the command in the stream
  const char* text;  // until Add returns; without an end of line
};

class StreamLines {
 public:
  // Nothing in Disassemble has to be destroyed: it may be left by longjmp.
  virtual void Add(const StreamLine& line) = 0;

 protected:
  ~StreamLines() = default;
};

// Gives the lines of a driver payload, those of kRegister and kOperation up to STOP. What is broken
// gives lines up to there and a last one of kError, the text of the Status that is returned.
Status Disassemble(std::span<const uint8_t> payload, StreamLines& lines);

}  // namespace moonlet::npu
