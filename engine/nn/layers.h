// engine/nn/layers.h - where a Session keeps each tensor of its graph, for those who look
// into a run.
//
//   Layers layers(model, allocator);
//   Status s = layers.Open();
//   ... in StepObserver::After(layers.AvailableAfter(i)), for a tensor that operator i writes:
//   Tensor view;
//   if (layers.Find(session, tensor, &view)) ... view.data ...
#pragma once
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/nn/model.h"
#include "engine/nn/preparation.h"
#include "engine/nn/session.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

class Layers {
 public:
  // `allocator` lends some bytes per tensor. `keeps` and `ram` as its sessions have them.
  Layers(const Model& model, Allocator& allocator, Backends backends = CpuOnly(),
         bool keeps = kKeepPrepared, size_t ram = SessionOptions::kAnyAmount)
      : model_(model), preparation_(model, allocator, backends, keeps), ram_(ram) {}

  // Plans the memory as Session::Open did. kNoMemory; the refusals of Session::Open.
  Status Open();
  // The tensor's view in the arena of a session of this model and these backends. Its
  // elements are the tensor's from the step that writes it until the last that reads it.
  // False for a constant, an empty tensor, one that no run computes, and what scripts have no
  // dtype or rank for.
  bool Find(const Session& session, int tensor, Tensor* view) const;
  // The operator after whose step the outputs of `op` are there; -1: before any. It is `op`
  // unless that has no step of its own.
  int AvailableAfter(int op) const;

 private:
  const Model& model_;
  Preparation preparation_;
  size_t ram_;
};

}  // namespace moonlet
