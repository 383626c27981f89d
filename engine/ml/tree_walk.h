// engine/ml/tree_walk.h - from the roots of packed trees (engine/ml/trees.h) to leaves.
//
// A walk does little per node and waits long for it: for memory, and on a host for a branch that
// nobody can foresee. So the fast ones take a row through several trees at a time.
#pragma once
#include <cstdint>

#include "engine/tensor/tensor.h"

namespace moonlet::ml {

struct TreeWalks {
  const int16_t* nodes = nullptr;
  Index width = 0;                    // of a node
  const int32_t* roots = nullptr;     // of each walk
  const float* floats = nullptr;      // the row that all look at, or
  const int16_t* integers = nullptr;  // this one, as the nodes' layout wants
  Index count = 0;                    // of walks
  int32_t* leaves = nullptr;          // the leaf of each goes here
};

// The fastest of those below. The nodes were checked (CheckTrees).
void WalkTrees(const TreeWalks& walks);

namespace scalar {  // The plain loop that defines the results.
void WalkTrees(const TreeWalks& walks);
}
namespace interleaved {  // Eight walks at a time, without branches: tree_walk_interleaved.cc.
void WalkTrees(const TreeWalks& walks);
}
namespace mve {  // Helium, four walks at a time: tree_walk_mve.cc.
void WalkTrees(const TreeWalks& walks);
}

}  // namespace moonlet::ml
