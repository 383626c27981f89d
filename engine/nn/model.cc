#include "engine/nn/model.h"

#include <utility>

#include "engine/nn/verify.h"

namespace moonlet {

Status Model::Open(Bytes bytes, Allocator& allocator, Model* model) {
  const tflite::Model* root = nullptr;
  if (Status s = VerifyStructure(bytes.span(), &root); !s.ok()) return s;
  if (Status s = VerifyMeaning(bytes.span(), *root, allocator); !s.ok()) return s;
  model->bytes_ = std::move(bytes);
  model->root_ = root;
  return Status();
}

void Model::OpenVerified(Bytes bytes, Model* model) {
  model->root_ = tflite::GetModel(bytes.data());
  model->bytes_ = std::move(bytes);
}

}  // namespace moonlet
