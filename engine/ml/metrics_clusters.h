// engine/ml/metrics_clusters.h - how well clusters are apart, and how well two ways to divide
// samples agree.
#pragma once
#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

// Samples, and the cluster of each, from 0; every cluster has one.
struct Clustered {
  Samples x;
  const int32_t* codes;
  Index clusters;
};

// Rousseeuw, Silhouettes: a graphical aid to the interpretation and validation of cluster
// analysis, 1987. One value for each sample: how much closer its own cluster is than the next.
// All three are kInvalid unless there are from 2 to x.count - 1 clusters.
Status Silhouettes(const Clustered& c, Allocator& memory, const StopToken& stop, double* values);
// Davies and Bouldin, A cluster separation measure, 1979: the lower the better.
Status DaviesBouldin(const Clustered& c, Allocator& memory, const StopToken& stop, double* score);
// Calinski and Harabasz, A dendrite method for cluster analysis, 1974: the higher the better.
Status CalinskiHarabasz(const Clustered& c, Allocator& memory, const StopToken& stop,
                        double* score);

// How many samples the first way puts into part i and the second into part j, row-major, and the
// sums of rows and columns.
struct Contingency {
  Index rows, columns;
  const double* table;
  const double* row_sums;
  const double* column_sums;
};
// Fills `room`, which has places for ContingencyRoom(rows, columns) doubles.
inline Index ContingencyRoom(Index rows, Index columns) { return rows * columns + rows + columns; }
Contingency Tabulate(const int32_t* first, Index rows, const int32_t* second, Index columns,
                     Index count, double* room);
// Hubert and Arabie, Comparing partitions, 1985: 1 for the same parts, about 0 for chance.
double AdjustedRand(const Contingency& c);
// Vinh, Epps and Bailey, Information theoretic measures for clusterings comparison, 2010: mutual
// information by the mean of both entropies.
double NormalizedMutualInformation(const Contingency& c);

}  // namespace moonlet::ml
