#include "tests/bindings/heap_requests.h"

#include <atomic>
#include <cstdlib>

static std::atomic<long> g_requests{0};

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  ++g_requests;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  ++g_requests;
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  ++g_requests;
  return __libc_realloc(block, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  ++g_requests;
  return __libc_memalign(alignment, size);
}
}
constexpr bool kCounts = true;
#else
constexpr bool kCounts = false;
#endif

namespace moonlet {

HeapRequests HeapRequests::Of(const Heap& heap) {
  return {heap.lua_grants(), heap.pool_grants(), g_requests};
}

bool CountsCLibrary() { return kCounts; }

}  // namespace moonlet
