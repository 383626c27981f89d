// tests/engine/nn/opened_model.h - a model and its session over counted memory.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/nn/session.h"
#include "tests/engine/nn/section_of.h"

namespace moonlet::testing {

class OpenedModel {
 public:
  explicit OpenedModel(std::vector<uint8_t> file, Workers* workers = nullptr,
                       size_t ram = SessionOptions::kAnyAmount)
      : file_(std::move(file)) {
    status_ = Model::Open(Bytes::Borrow(file_), counter_, &model_);
    if (status_.ok())
      status_ = Session::Open(model_, counter_, &session_, {CpuOnly(), &packed_, workers, ram});
    // Whatever runs can be prepared for a device: every step has a number.
    if (status_.ok()) SectionOf(model_, KernelsOf::kDevice);
  }
  OpenedModel(const OpenedModel&) = delete;

  const Status& status() const { return status_; }
  Model& model() { return model_; }
  Session& session() { return session_; }
  const CountingAllocator& counter() const { return counter_; }
  Status Run() { return session_.Run(stop_); }

 private:
  std::vector<uint8_t> file_;
  CountingAllocator counter_{MallocAllocator()};
  CountingAllocator packed_{MallocAllocator()};
  StopToken stop_;
  Status status_;
  Model model_;
  Session session_;
};

}  // namespace moonlet::testing
