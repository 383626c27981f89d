// bindings/nn_parts.h - what the files of module `nn` share: the model as a Lua value.
//
// Two userdata make a model. The ModelCore owns file, session and memory; the ModelBox
// is what scripts hold. Tensors of inputs and outputs are views owned by the core, so they
// stay valid memory when the model is closed or collected: the core goes after the last of
// them.
#pragma once
#include <cstddef>
#include <span>
#include <utility>

#include "bindings/registry.h"
#include "engine/base/allocator.h"
#include "engine/base/workers.h"
#include "engine/nn/model.h"
#include "engine/nn/session.h"
#include "engine/npu/ethos_u.h"

namespace moonlet {

// Hands requests on, but never more than `limit` bytes in all at one time.
class LimitedAllocator final : public Allocator {
 public:
  void SetUp(Allocator& base, size_t limit) {
    base_ = &base;
    limit_ = limit;
  }
  void* Allocate(size_t size, size_t alignment) override;
  void Free(void* block, size_t size) override;
  size_t left() const { return limit_ - live_; }
  size_t limit() const { return limit_; }

 private:
  Allocator* base_ = nullptr;
  size_t limit_ = 0;
  size_t live_ = 0;
};

struct ModelCore {
  LimitedAllocator memory;
  Model model;
  Session session;  // before `model` goes, this goes
  npu::EthosU npu;  // what runs its command streams
  Workers* workers = nullptr;

  void Close() {
    session.Close();
    model = Model();
    StopWorkers(std::exchange(workers, nullptr), MallocAllocator());
  }
};

struct ModelBox {
  ModelCore* core;  // the userdata in user value kCore; null once closed
  bool float_io;
  bool shown;            // a script may hold tensors of the core
  bool running = false;  // and calls a function of the script's

  int inputs() const { return core->session.inputs(); }
  int outputs() const { return core->session.outputs(); }
};

// User values of a ModelBox. Inputs and outputs are numbered together, outputs after
// inputs; each has three values behind these, nil until they are asked for.
enum ModelValue { kCore = 1, kName, kInputs, kOutputs, kFirstPort };
enum PortValue { kPort, kLiveTensor, kFloatTensor, kPortValues };
inline int ValueOf(int port, PortValue value) { return kFirstPort + port * kPortValues + value; }

extern const Class kModelClass;     // nn.cc
extern const Class kPortListClass;  // nn_ports.cc: model.inputs, model.outputs
extern const Class kPortClass;      // nn_ports.cc: model.inputs[i]

// The open model at `index`; raises when the value is none, is closed or runs.
ModelBox* CheckModel(lua_State* L, int index);
// Tensor and quantisation of an input or output by its number.
Tensor PortTensor(const ModelBox& box, int port);
Quantization PortQuantization(const ModelBox& box, int port);
int PortTensorIndex(const ModelBox& box, int port);  // in the model's graph

// Push model.inputs (or outputs), and the live tensor of a port: always the same object.
void PushPortList(lua_State* L, int model, bool outputs);
void PushLiveTensor(lua_State* L, int model, int port);

extern const std::span<const Entry> kNnLoadFunctions;     // nn_load.cc: load, frombytes
extern const std::span<const Entry> kNnAnalyzeFunctions;  // nn_analyze.cc: analyze
extern const std::span<const Entry> kNnAnalyzeMethods;    // nn_analyze.cc: summary
extern const std::span<const Entry> kNnProfileMethods;    // nn_profile.cc: profile, trace

// Pushes the table that nn.analyze gives, of a session that may take `ram` bytes; `session` itself
// may be null. Raises when memory is short; requires model.Unchanged().
void PushAnalysis(lua_State* L, const Model& model, const Session* session, const npu::EthosU& npu,
                  size_t ram, const char* name);
int AnalysisToString(lua_State* L);  // nn_analyze_text.cc

// Pushes the model in a file, or in `contents` where `path` is null, to be looked at alone; it
// is collected like other values. Null and the reason when there is none.
const Model* PushModelFile(lua_State* L, const char* path, std::span<const uint8_t> contents,
                           Status* status);

// Pushes nil and what is said of a mapped file that was written to since it was loaded.
int PushChanged(lua_State* L);
// Arguments 2, 3, ... of a model's method to its inputs; all are checked before one is
// written.
void TakeInputs(lua_State* L, const ModelBox& box, int given);

// The last part of a path.
const char* FileName(const char* path);

}  // namespace moonlet
