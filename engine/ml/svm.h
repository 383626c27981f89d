// engine/ml/svm.h - what the parts of support vector machines share: the order of options and
// arrays. svm.cc has the kinds and predicts, svm_fit.cc makes problems of samples, svm_smo.cc
// solves them, svm_sigmoid.cc turns decisions into probabilities.
#pragma once
#include "engine/ml/estimator.h"
#include "engine/ml/svm_kernel.h"

namespace moonlet::ml::svm {

// Those of all kinds, then those of svc, svr and one_class_svm.
enum Option { kKernel, kDegree, kGamma, kCoef0, kTol, kIterations, kCache, kFirstOwn };
enum SvcOption { kC = kFirstOwn, kShape, kProbability, kSeed };
enum SvrOption { kEpsilon = kC + 1 };
enum OneClassOption { kNu = kFirstOwn };
enum Shape { kOvr, kOvo };

// svr and one_class_svm have none of those from kFirstSvcArray on.
enum Array {
  kSupportVectors,
  kDualCoef,
  kIntercept,
  kGammaArray,
  kIterationCounts,
  kFirstSvcArray,
  kSupportCounts = kFirstSvcArray,
  kProbA,
  kProbB
};

inline Index PairsOf(Index classes) { return classes * (classes - 1) / 2; }

inline KernelFunction KernelOf(const Options& options, double gamma) {
  return {static_cast<KernelType>(options.Word(kKernel)), gamma, options.Number(kCoef0),
          static_cast<int>(options.Whole(kDegree))};
}

Status FitSvc(const Fit& fit, State* state);
Status FitSvr(const Fit& fit, State* state);
Status FitOneClass(const Fit& fit, State* state);

}  // namespace moonlet::ml::svm
