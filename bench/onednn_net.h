// bench/onednn_net.h - the network of a .tflite file, built with oneDNN: the peer of a bench.
//
//   OneDnnNet peer(model);  // throws std::exception: an operator that has no place here
//   peer.SetInput(values);
//   peer.Run();
//   ... peer.Output() ...
//
// Everything is made once, in the form that is fastest for oneDNN: activations are uint8 in
// NHWC, so that a clamp at zero costs nothing; zero points are folded into the biases; weights
// lie as each primitive asks; an ADD is the last step of the convolution before it; what feeds
// a SOFTMAX is float32; memory is used again as soon as it is free; and of all implementations
// that oneDNN has for an operator, the one that is quickest in a trial is taken.
#pragma once
#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bench/onednn_filter.h"
#include "engine/nn/graph.h"

namespace moonlet {

class OneDnnNet {
 public:
  // Builds the main graph of `model`: one int8 input, one output.
  explicit OneDnnNet(const Model& model);

  // Values as the input of the model has them.
  void SetInput(std::span<const uint8_t> values);
  void Run();
  // The real numbers that the output stands for.
  std::vector<float> Output() const;

  // What runs for an operator of the model, and for those fused with it.
  struct Layer {
    int op;
    std::string implementation;
    double microseconds;  // the least of all RunTimed
  };
  // Runs step by step, which costs some time.
  void RunTimed();
  const std::vector<Layer>& layers() const { return layers_; }

 private:
  using Memory = dnnl::memory;
  using Memories = std::map<int, Memory>;  // by argument

  // An activation of the model.
  struct Value {
    uint8_t* data;
    Quant quant;
  };
  struct Buffer {
    Memory memory;
    size_t size;
    int busy_until;  // the last operator that reads it
  };
  // A primitive with its arguments, ready for a call.
  struct Step {
    dnnl::primitive primitive;
    Memories memories;
    std::vector<dnnl_exec_arg_t> arguments;
  };
  struct FilterStep {
    Filter filter;
    Value source, destination;
    Quant addend;  // already in the destination; of scale 0: none
    Memory bias;
    dnnl::primitive_attr attributes;
  };
  class Contest;  // onednn_net.cc

  void AddOperator(const Node& node);
  void AddFilter(const Node& node);
  void TakeAdd(const Node& node, int op, FilterStep* step);
  void EnterConvolution(const FilterStep& step, Contest* contest);
  void EnterMatrix(const FilterStep& step, Contest* contest);
  void AddPool(const Node& node);
  void AddSoftmax(const Node& node);

  void FindLastReaders();
  std::vector<int> ReadersOf(int tensor) const;
  bool FeedsSoftmax(int tensor) const;
  // The ADD that can be the last part of `node`, since nobody needs what it adds to later;
  // -1: there is none.
  int AddBehind(const Node& node) const;

  Value NewValue(const ModelTensor& tensor, int op, Quant quant);
  Memory Seen(const Value& value, const Memory::desc& desc) const;
  Memory ConstantOf(const void* values, const Memory::dims& dims, Memory::data_type type);
  void Execute(const Step& step);
  double Time(const Step& step);  // microseconds

  const Model& model_;
  int operators_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<Buffer> buffers_;
  std::map<int, Value> values_;      // by tensor
  std::map<int, int> last_readers_;  // operators, by tensor
  std::vector<bool> covered_;        // operators that are part of a step before them
  std::vector<Step> steps_;
  std::vector<Layer> layers_;  // one per step
  int input_;
  int output_;
};

}  // namespace moonlet
