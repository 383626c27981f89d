// engine/ml/sgd_loss.h - losses of a prediction p where y is right, and their slopes in p.
#pragma once
#include "engine/ml/sgd.h"

namespace moonlet::ml {

double LossOf(Loss loss, double epsilon, double p, double y);
double SlopeOf(Loss loss, double epsilon, double p, double y);

}  // namespace moonlet::ml
