// engine/ml/centers.h - which of a few centers is nearest to a row.
#pragma once
#include "engine/ml/distance.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

struct Centers {
  Space space;
  const double* data;  // {count, width}
  Index count;
  Index width;
};

// Doubles that the functions below work with; both take up to kBlockRows rows.
Index CentersRoom(Index width);
// The number of the nearest center of each row, from 0, and its rank; of equally near ones the
// first.
void FindNearestCenters(const Centers& centers, const Samples& x, double* numbers, double* ranks,
                        double* scratch);
// The distance of each row to each center: {x.count, count}.
void CenterDistances(const Centers& centers, const Samples& x, double* out, double* scratch);

}  // namespace moonlet::ml
