// engine/npu/compiler/compile.h - an int8 model compiled for the Ethos-U.
//
//   npu::Compilation compiled;
//   Status s = npu::Compile(model, config, stop, &compiled);
//   ... compiled.file is a .tflite; compiled.operators says what runs where ...
//
// What the unit cannot do stays on the CPU, with the reason. Outputs are those of the CPU, byte
// for byte. Only a host compiles: this library uses the C++ library's containers.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/nn/model.h"
#include "engine/npu/config.h"

namespace moonlet::npu {

// Of one operator of the model.
struct OperatorReport {
  std::string name;  // "CONV_2D"
  bool unit = false;
  int part = -1;       // which `ethos-u` operator has become of it
  std::string reason;  // why it stays on the CPU
};

struct Compilation {
  std::vector<uint8_t> file;
  std::vector<OperatorReport> operators;
  int parts = 0;         // `ethos-u` operators
  size_t arena = 0;      // bytes that they share for feature maps and copies
  size_t constants = 0;  // bytes of weights, scales and tables
  size_t streams = 0;    // bytes of command streams
  double cycles = 0;     // by cycles.h
};

// kUnsupported when no operator can run on the unit (`operators` is filled then too), when the part
// is one that nothing here writes streams for (two cores), and for a model that is compiled
// already. kStopped when the token was raised, which is looked at for each operator.
Status Compile(const Model& model, const Config& config, const StopToken& stop,
               Compilation* compiled);

// Only asks which operators the unit would run, and why not the others.
Status Explain(const Model& model, const Config& config, const StopToken& stop,
               std::vector<OperatorReport>* operators);

}  // namespace moonlet::npu
