// Fails the 1st, 2nd, 3rd... allocation of a script until it passes.
#pragma once
#include <string>

#include "vm/runtime.h"

namespace moonlet {

// Runs `script` in a new Runtime per failing allocation, once with two refusals (the
// request and its repetition after a collection) and once with every request refused
// from there on. Expects that the script passes or fails for lack of memory, that the
// state works afterwards, and that closing it leaves nothing allocated.
// `folder_of`: a path whose folder `require` looks in; may be null. `before`: what runs first,
// with all the memory it asks for.
void ExpectSurvivesFailingAllocations(const RuntimeOptions& options, const std::string& script,
                                      const char* folder_of = nullptr, const char* before = "");

}  // namespace moonlet
