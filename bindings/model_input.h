// bindings/model_input.h - tensors that are a model's inputs, for who writes into them.
#pragma once
#include "engine/nn/session.h"
#include "vm/lua.h"

namespace moonlet {

// Whether the tensor at `index` is the live input of a model, `model.inputs[i].tensor`, and how
// its numbers stand for real ones.
bool ModelInputAt(lua_State* L, int index, Quantization* quantization);

}  // namespace moonlet
