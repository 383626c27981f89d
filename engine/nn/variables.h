// engine/nn/variables.h - what a session keeps from run to run: variable tensors and
// resource variables.
//
// A resource variable has a name. VAR_HANDLE gives a handle to it, which READ_VARIABLE and
// ASSIGN_VARIABLE take; handles of one name mean one resource, in every subgraph. The file
// does not say how large a resource is: the first value assigned does.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/nn/graph.h"

namespace moonlet {

// Something kept: its size, and the byte that fills it at first and after a reset.
struct Variable {
  uint32_t bytes;
  uint8_t fill;
};
// What lies where the memory plan puts a tensor of the main graph: a variable tensor, or
// the resource of a handle, which has no bytes of its own. False when it is neither.
bool FindVariable(const Model& model, int tensor, Variable* variable);

// A VAR_HANDLE in any subgraph: named, and the only one of its name there.
Status CheckHandle(const Node& node);

struct Resource {
  int handle = -1;  // tensor of the main graph, or -1: nobody there knows the resource
  tflite::TensorType type = tflite::TensorType::FLOAT32;
  Variable variable = {};
};
// The resource that a READ_VARIABLE or ASSIGN_VARIABLE in any subgraph works on, and that
// `value`, which is read or assigned, is like it.
Status CheckResource(const Node& user, const ModelTensor& value, Resource* resource);

// The subgraph that a CALL_ONCE of the main graph runs.
Status FindInitialGraph(const Node& call, const tflite::SubGraph** graph);

}  // namespace moonlet
