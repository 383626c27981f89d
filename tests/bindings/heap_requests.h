// tests/bindings/heap_requests.h - what is asked of every heap of the program, to show that
// something asks for nothing.
#pragma once
#include <cstdint>

#include "vm/heap.h"

namespace moonlet {

struct HeapRequests {
  uint64_t lua = 0, pools = 0;
  long c_library = 0;  // malloc and the like; stays 0 where they cannot be counted

  // Since the program began.
  static HeapRequests Of(const Heap& heap);
  HeapRequests Since(const HeapRequests& before) const {
    return {lua - before.lua, pools - before.pools, c_library - before.c_library};
  }
};

// Whether requests to the C library are counted: not where the sanitizers bring their own heap.
bool CountsCLibrary();

}  // namespace moonlet
