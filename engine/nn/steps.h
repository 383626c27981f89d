// engine/nn/steps.h - the numbers of the functions that steps run, the same on host and device.
#pragma once
#include <cstdint>

#include "engine/nn/step.h"

namespace moonlet {

// The number of a function, or StepRecord::kByAddress for one that is in no list: that of a
// backend besides the CPU's.
uint16_t NumberOfStep(RunStep run);
// Whether a function has that number.
bool IsStepNumber(uint16_t number);
// The function. Requires IsStepNumber.
RunStep StepOfNumber(uint16_t number);

// Runs a step. False as a RunStep.
bool Execute(const StepRecord& step, const RunContext& run);

// Tells one set of functions and records from another: what was written for one does not run
// with another.
uint32_t StepsLayout();

}  // namespace moonlet
