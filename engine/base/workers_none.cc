// There are no threads on a board.
#include "engine/base/workers.h"

namespace moonlet {

Status StartWorkers(int count, Allocator&, Workers**) {
  return Status::Unsupported("%d threads, expected 1", count);
}

void StopWorkers(Workers*, Allocator&) {}

}  // namespace moonlet
