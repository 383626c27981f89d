#include "engine/tensor/chunk.h"

namespace moonlet {

template void LoadChunk(const void*, DType, Index, Index, float*);
template void LoadChunk(const void*, DType, Index, Index, double*);
template void LoadChunk(const void*, DType, Index, Index, int32_t*);
template void LoadChunk(const void*, DType, Index, Index, int64_t*);
template void LoadChunk(const void*, DType, Index, Index, bool*);
template void StoreChunk(const float*, DType, Index, Index, void*);
template void StoreChunk(const double*, DType, Index, Index, void*);
template void StoreChunk(const int32_t*, DType, Index, Index, void*);
template void StoreChunk(const int64_t*, DType, Index, Index, void*);
template void StoreChunk(const bool*, DType, Index, Index, void*);

}  // namespace moonlet
